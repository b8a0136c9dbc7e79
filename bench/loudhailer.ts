import { z } from "zod";
import { SOCKET_PATH } from "@/core/protocol";
import { mustCall } from "@/tests/support/api";
import { createApiKey, OWNER_ENV, signIn, tokenSecretOf } from "@/tests/support/owner";
import { type Replica, type ReplicaOptions, startReplica } from "@/tests/support/replica";
import { Measured, probed } from "./measured";
import { post, type Subject } from "./subject";

/** Ours, with what a bench needs of it beyond what peers have. */
export interface Loudhailer extends Subject {
  readonly replica: Replica;
  /** What user tokens are signed with. */
  readonly tokenSecret: string;
  /** Publishes with these fields of the REST body; resolves with the broadcast's id. */
  say(text: string, fields?: Record<string, unknown>): Promise<string>;
  /** Ids of what is live. */
  live(): Promise<string[]>;
  readonly workspaceId: string;
}

/** What a bench must not run into; everything else is as it comes. */
const NO_LIMITS = {
  LIMIT_CONNECTIONS_PER_ADDRESS: "0",
  LIMIT_PUBLISHES_PER_MINUTE: "0",
  LIMIT_API_CALLS_PER_MINUTE: "0",
  LOG_LEVEL: "warn",
};

const active = z.object({ broadcasts: z.array(z.object({ id: z.string() })) });
const visitor = z.object({ session_token: z.string() });
const claims = z.object({ w: z.string() });
const made = z.object({ id: z.string() });

export interface LoudhailerOptions extends ReplicaOptions {
  name?: string;
  /** Keep the limit of admissions per second, as clients meet it; default: none. */
  limitAdmissions?: boolean;
}

export async function startLoudhailer(options: LoudhailerOptions = {}): Promise<Loudhailer> {
  const probe = probed();
  const replica = await startReplica({
    ...options,
    env: {
      ...OWNER_ENV,
      ...NO_LIMITS,
      ...(!options.limitAdmissions && { LIMIT_ADMISSIONS_PER_SECOND: "0" }),
      ...probe.env,
      ...options.env,
    },
  });
  const cookie = await signIn(replica.url);
  const [key, tokenSecret, visit] = await Promise.all([
    createApiKey(replica.url, cookie, "publisher"),
    tokenSecretOf(replica.url, cookie),
    mustCall(replica.url, "GET", "/api/creator/broadcast/active"),
  ]);
  const headers = { authorization: `Bearer ${key}` };
  const say = async (message: string, fields: Record<string, unknown> = {}) => {
    const body = JSON.stringify({ message, replace: false, ...fields });
    const answer = await post(replica.port, "/api/creator/broadcast", body, headers);
    return made.parse(JSON.parse(answer)).id;
  };
  return {
    name: options.name ?? "Loudhailer",
    port: replica.port,
    path: SOCKET_PATH,
    kind: "loudhailer",
    measured: new Measured(replica.pid, probe.folder),
    replica,
    tokenSecret,
    workspaceId: workspaceIn(visit.json),
    say,
    live: async () => {
      const answer = await mustCall(replica.url, "GET", "/api/creator/broadcast/active");
      return active.parse(answer.json).broadcasts.map(({ id }) => id);
    },
    publish: async (text) => void (await say(text)),
    clear: async () =>
      void (await post(replica.port, "/api/creator/broadcast/clear", "{}", headers)),
    stop: async () => {
      await replica.stop();
      probe.remove();
    },
  };
}

/** A session token is signed, not sealed: it says which workspace it is for. */
function workspaceIn(json: unknown): string {
  const [body = ""] = visitor.parse(json).session_token.split(".");
  return claims.parse(JSON.parse(Buffer.from(body, "base64url").toString("utf8"))).w;
}
