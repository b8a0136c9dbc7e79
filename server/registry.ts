import type { Viewer } from "@/core/audience";
import { getOrMake } from "@/lib/collections";
import type { RecipientException } from "@/lib/ports/receipt-store";
import type { Connection } from "./connection";
import type { Group } from "./views";

/**
 * One recipient with at least one connection to this worker: what all its connections share.
 * Owned by the registry, gone with the last connection.
 */
export interface Recipient {
  readonly workspaceId: string;
  readonly id: string;
  /** A few; replaced, never changed, so that whoever goes through them is not disturbed. */
  connections: readonly Connection[];
  /** What it dismissed or snoozed, by broadcast; null = nothing known. */
  exceptions: Map<string, RecipientException> | null;
  /** Whether `exceptions` were read from the database (else: only what was heard since). */
  exceptionsKnown: boolean;
}

interface Room {
  readonly recipients: Map<string, Recipient>;
  connections: number;
}

/** Every open connection of this worker, by workspace and recipient. Sole owner of these maps. */
export class Registry {
  readonly connections = new Set<Connection>();
  /** Of them those of dashboard people and programs, a few among very many recipients. */
  readonly ofTheTeam = new Set<Connection>();
  readonly #rooms = new Map<string, Room>();
  readonly #groups = new Map<string, Group & { members: number; key: string }>();

  get isEmpty(): boolean {
    const ours = this.connections.size + this.ofTheTeam.size;
    return ours === 0 && this.#rooms.size === 0 && this.#groups.size === 0;
  }

  /** Entries of each map. */
  get sizes(): { connections: number; workspaces: number; recipients: number; groups: number } {
    let recipients = 0;
    for (const room of this.#rooms.values()) recipients += room.recipients.size;
    return {
      connections: this.connections.size,
      workspaces: this.#rooms.size,
      recipients,
      groups: this.#groups.size,
    };
  }

  recipients(workspaceId: string): Iterable<Recipient> {
    return this.#rooms.get(workspaceId)?.recipients.values() ?? [];
  }

  workspaceIds(): Iterable<string> {
    return this.#rooms.keys();
  }

  recipient(workspaceId: string, id: string): Recipient | null {
    return this.#rooms.get(workspaceId)?.recipients.get(id) ?? null;
  }

  connectionsOf(workspaceId: string): number {
    return this.#rooms.get(workspaceId)?.connections ?? 0;
  }

  add(connection: Connection): void {
    this.connections.add(connection);
    this.#join(connection);
  }

  remove(connection: Connection): void {
    if (!this.connections.delete(connection)) return;
    this.#leave(connection);
  }

  /** The connection is somebody else's now, or its traits have changed. */
  move(connection: Connection, viewer: Viewer): void {
    this.#leave(connection);
    connection.viewer = viewer;
    this.#join(connection);
  }

  #join(connection: Connection): void {
    const { viewer, workspaceId } = connection;
    const room = getOrMake(this.#rooms, workspaceId, () => ({
      recipients: new Map(),
      connections: 0,
    }));
    const recipient = getOrMake(room.recipients, viewer.recipient, () => ({
      workspaceId,
      id: viewer.recipient,
      connections: [],
      exceptions: null,
      exceptionsKnown: false,
    }));
    recipient.connections = [...recipient.connections, connection];
    if (connection.identity.kind !== "recipient") this.ofTheTeam.add(connection);
    room.connections += 1;
    connection.recipient = recipient;
    connection.group = this.#enterGroup(workspaceId, viewer);
  }

  #leave(connection: Connection): void {
    const { recipient, group, workspaceId } = connection;
    const room = this.#rooms.get(workspaceId);
    if (room && recipient?.connections.includes(connection)) {
      recipient.connections = recipient.connections.filter((other) => other !== connection);
      room.connections -= 1;
      if (recipient.connections.length === 0) room.recipients.delete(recipient.id);
      if (room.connections === 0) this.#rooms.delete(workspaceId);
    }
    if (group) this.#leaveGroup(group);
    this.ofTheTeam.delete(connection);
    connection.recipient = null;
    connection.group = null;
  }

  #enterGroup(workspaceId: string, viewer: Viewer): Group {
    const { kind, roles, traits, locale } = viewer;
    const key = JSON.stringify([workspaceId, kind, roles, traits, locale]);
    const group = getOrMake(this.#groups, key, () => ({ workspaceId, viewer, members: 0, key }));
    group.members += 1;
    return group;
  }

  #leaveGroup(left: Group): void {
    const group = left as Group & { members: number; key: string };
    group.members -= 1;
    if (group.members === 0) this.#groups.delete(group.key);
  }
}

/** What is known of it is no longer so; it is to be read again. */
export function forgetExceptions(recipient: Recipient): void {
  recipient.exceptions = null;
  recipient.exceptionsKnown = false;
}

/** Adds what a recipient did; false when it was known already. */
export function noteException(recipient: Recipient, news: RecipientException): boolean {
  recipient.exceptions ??= new Map();
  const known = recipient.exceptions.get(news.broadcastId);
  const acknowledgedRevision = Math.max(
    known?.acknowledgedRevision ?? 0,
    news.acknowledgedRevision,
  );
  const snoozedUntil = news.snoozedUntil ?? known?.snoozedUntil ?? null;
  if (known?.acknowledgedRevision === acknowledgedRevision && known.snoozedUntil === snoozedUntil) {
    return false;
  }
  recipient.exceptions.set(news.broadcastId, {
    broadcastId: news.broadcastId,
    acknowledgedRevision,
    snoozedUntil,
  });
  return true;
}
