import { getOrMake } from "@/lib/collections";
import type { StreamMember } from "@/lib/ports/session-store";

/** One process's listeners of session streams. Pure data. */
export class MemberTable {
  readonly #streams = new Map<string, Map<string, StreamMember>>();

  join(stream: string, member: StreamMember): void {
    getOrMake(this.#streams, stream, () => new Map()).set(member.connectionId, { ...member });
  }

  /** False where the connection has not joined the stream here. */
  identify(stream: string, connectionId: string, userType: string, clientType: string): boolean {
    const member = this.get(stream, connectionId);
    if (!member) return false;
    this.join(stream, { ...member, userType, clientType });
    return true;
  }

  /** False where the connection was not there. */
  leave(stream: string, connectionId: string): boolean {
    const members = this.#streams.get(stream);
    if (!members?.delete(connectionId)) return false;
    if (members.size === 0) this.#streams.delete(stream);
    return true;
  }

  get(stream: string, connectionId: string): StreamMember | undefined {
    return this.#streams.get(stream)?.get(connectionId);
  }

  /** Longest connected first. They are here, so they were seen `now` (ms). */
  members(stream: string, now: number): StreamMember[] {
    const members = [...(this.#streams.get(stream)?.values() ?? [])];
    return sortMembers(
      members.map((member) => ({ ...member, lastSeenAt: Math.max(member.lastSeenAt, now) })),
    );
  }

  *all(): IterableIterator<{ stream: string; member: StreamMember }> {
    for (const [stream, members] of this.#streams) {
      for (const member of members.values()) yield { stream, member };
    }
  }
}

/** Longest connected first. */
export function sortMembers(members: StreamMember[]): StreamMember[] {
  return members.sort(
    (a, b) => a.connectedAt - b.connectedAt || (a.connectionId < b.connectionId ? -1 : 1),
  );
}
