import type { PresenceStore, StreamMember } from "@/lib/ports/session-store";
import { MemberTable } from "./member-table";

/** Who listens to session streams where there is one worker. It cannot be away. */
export class MemoryPresenceStore implements PresenceStore {
  readonly healthy = true;
  readonly #table = new MemberTable();
  readonly #now: () => number;

  /** @param now ms since 1970; default `Date.now` */
  constructor(options: { now?: () => number } = {}) {
    this.#now = options.now ?? Date.now;
  }

  async join(stream: string, member: StreamMember): Promise<void> {
    this.#table.join(stream, member);
  }

  async identify(
    stream: string,
    connectionId: string,
    userType: string,
    clientType: string,
  ): Promise<void> {
    this.#table.identify(stream, connectionId, userType, clientType);
  }

  async leave(stream: string, connectionId: string): Promise<void> {
    this.#table.leave(stream, connectionId);
  }

  async members(stream: string): Promise<StreamMember[]> {
    return this.#table.members(stream, this.#now());
  }
}
