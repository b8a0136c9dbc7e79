import type { ServiceContext } from "../context";
import type { StoredSession, WorkerInfo } from "../ports/session-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

const PAGE = 500;
/** Sessions that are looked at; further ones are left out. */
const MAX_EXAMINED = 5_000;

export interface ConnectedUser {
  recipient: string;
  name: string | null;
  connections: number;
  sessions: number;
  /** Since when the longest of these sessions is there, ms. */
  since: number;
}

export interface WorkerStats extends WorkerInfo {
  /** Active sessions of the workspace. */
  sessions: number;
}

/** Connections by worker and by user; users with most connections first. @throws AppError `forbidden` */
export async function socketStats(
  ctx: ServiceContext,
): Promise<{ workers: WorkerStats[]; users: ConnectedUser[] }> {
  requirePermission(ctx, "read");
  const [workers, sessions] = await Promise.all([
    runtime().sessions.workers(),
    activeSessions(ctx.workspace.id),
  ]);
  const statsOf = (worker: WorkerInfo): WorkerStats => ({
    ...worker,
    sessions: sessions.filter(({ workerId }) => workerId === worker.workerId).length,
  });
  return { workers: workers.map(statsOf), users: usersOf(sessions) };
}

async function activeSessions(workspaceId: string): Promise<StoredSession[]> {
  const found: StoredSession[] = [];
  let cursor: string | null = null;
  do {
    const page = await runtime().sessions.list(workspaceId, "active", { limit: PAGE, cursor });
    found.push(...page.sessions);
    cursor = page.next;
  } while (cursor !== null && found.length < MAX_EXAMINED);
  return found;
}

function usersOf(sessions: readonly StoredSession[]): ConnectedUser[] {
  const users = new Map<string, ConnectedUser>();
  for (const { recipient, label: name, connections, firstSeenAt } of sessions) {
    const nobody = { recipient, name, connections: 0, sessions: 0, since: firstSeenAt };
    const user = users.get(recipient) ?? nobody;
    users.set(recipient, {
      ...user,
      connections: user.connections + connections,
      sessions: user.sessions + 1,
      since: Math.min(user.since, firstSeenAt),
    });
  }
  return [...users.values()].sort((a, b) => b.connections - a.connections);
}
