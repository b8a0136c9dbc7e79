import { z } from "zod";
import { isAppError } from "@/core/errors";
import type { Logger } from "@/lib/logger";
import type { PresenceStore, StreamMember } from "@/lib/ports/session-store";
import { MemberTable, sortMembers } from "../memory/member-table";
import { type MemberScripts, memberScripts } from "./member-lua";
import type { RedisConnection } from "./redis-connection";
import { RedisRoster, type RosterEntry } from "./redis-roster";
import { toMs, toText } from "./reply";
import { parseJson } from "./session-record";

export interface RedisPresenceStoreOptions {
  connection: RedisConnection;
  workerId: string;
  nodeId: string;
  version: string;
  logger: Logger;
  /** Between two heartbeats, ms; default 2,000. */
  beatMs?: number;
  /** A worker that has not beaten for so long is dead, ms; default 12,000. */
  deadAfterMs?: number;
}

/** Parsed where it is read: a worker of another version may have written it. */
const memberJson = z.object({
  connectionId: z.string(),
  userType: z.string().nullable(),
  clientType: z.string().nullable(),
  connectedAt: z.number(),
  lastSeenAt: z.number(),
}) satisfies z.ZodType<StreamMember>;

/**
 * Listeners of session streams of all workers, in Redis, by a roster of their own ([STR2]). A
 * member was last seen when its worker's heart last beat. While Redis is away `members` answers
 * this worker's own.
 */
export class RedisPresenceStore implements PresenceStore {
  readonly #options: RedisPresenceStoreOptions;
  readonly #scripts: MemberScripts = memberScripts();
  readonly #table = new MemberTable();
  readonly #roster: RedisRoster;

  constructor(options: RedisPresenceStoreOptions) {
    this.#options = options;
    this.#roster = new RedisRoster({
      ...options,
      name: "streams",
      scripts: this.#scripts,
      lostForMs: 1,
      describe: (key) => this.#describe(key),
      isOpen: (key) => this.#describe(key) !== null,
      openKeys: () => this.#openKeys(),
    });
  }

  get healthy(): boolean {
    return this.#roster.healthy;
  }

  /**
   * Registers this worker and keeps beating until `close`.
   * @throws AppError `conflict` when another process beats under this worker id
   */
  start(): Promise<void> {
    return this.#roster.start();
  }

  async join(stream: string, member: StreamMember): Promise<void> {
    this.#table.join(stream, member);
    await this.#roster.touch(memberKey(stream, member.connectionId));
  }

  async identify(
    stream: string,
    connectionId: string,
    userType: string,
    clientType: string,
  ): Promise<void> {
    if (!this.#table.identify(stream, connectionId, userType, clientType)) return;
    await this.#roster.touch(memberKey(stream, connectionId));
  }

  async leave(stream: string, connectionId: string): Promise<void> {
    if (!this.#table.leave(stream, connectionId)) return;
    await this.#roster.touch(memberKey(stream, connectionId));
  }

  async members(stream: string): Promise<StreamMember[]> {
    if (!this.#roster.healthy) return this.#table.members(stream, this.#roster.client.now());
    try {
      return toMembers(await this.#roster.client.ask(this.#scripts.members, [stream]));
    } catch (err) {
      if (!isAppError(err)) this.#options.logger.warn({ err }, "Redis refused a question");
      return this.#table.members(stream, this.#roster.client.now());
    }
  }

  close(): Promise<void> {
    return this.#roster.close();
  }

  #describe(key: string): RosterEntry | null {
    const end = key.lastIndexOf("/");
    const member = this.#table.get(key.slice(0, end), key.slice(end + 1));
    if (!member) return null;
    const json = JSON.stringify(member);
    return { weight: 1, content: json, values: [json] };
  }

  *#openKeys(): IterableIterator<string> {
    for (const { stream, member } of this.#table.all())
      yield memberKey(stream, member.connectionId);
  }
}

/** What the roster knows a member by; connection ids have no slash. */
function memberKey(stream: string, connectionId: string): string {
  return `${stream}/${connectionId}`;
}

/** A worker that is writing everything again has its members twice for a moment: one is enough. */
function toMembers([, , ...values]: unknown[]): StreamMember[] {
  const members = new Map<string, StreamMember>();
  for (let i = 0; i + 1 < values.length; i += 2) {
    const parsed = memberJson.safeParse(parseJson(toText(values[i])));
    if (!parsed.success) continue;
    const member = parsed.data;
    const lastSeenAt = Math.max(member.lastSeenAt, toMs(values[i + 1]));
    members.set(member.connectionId, { ...member, lastSeenAt });
  }
  return sortMembers([...members.values()]);
}
