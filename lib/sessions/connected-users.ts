import type { ServiceContext } from "../context";
import type { StoredSession } from "../ports/session-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

const PAGE = 500;
/** Sessions that are looked at; the users of further ones are left out. */
const MAX_EXAMINED = 5_000;

export interface ConnectedUser {
  recipient: string;
  name: string | null;
  connections: number;
  sessions: number;
}

/** Who is connected now, with how many connections; most connections first. */
export async function connectedUsers(ctx: ServiceContext): Promise<ConnectedUser[]> {
  requirePermission(ctx, "read");
  const users = new Map<string, ConnectedUser>();
  let examined = 0;
  let cursor: string | null = null;
  do {
    const page = await runtime().sessions.list(ctx.workspace.id, "active", { limit: PAGE, cursor });
    for (const session of page.sessions) add(users, session);
    examined += page.sessions.length;
    cursor = page.next;
  } while (cursor !== null && examined < MAX_EXAMINED);
  return [...users.values()].sort((a, b) => b.connections - a.connections);
}

function add(users: Map<string, ConnectedUser>, session: StoredSession): void {
  const { recipient, label, connections } = session;
  const user = users.get(recipient) ?? { recipient, name: label, connections: 0, sessions: 0 };
  users.set(recipient, {
    ...user,
    connections: user.connections + connections,
    sessions: user.sessions + 1,
  });
}
