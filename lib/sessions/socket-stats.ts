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
}

export interface WorkerStats extends WorkerInfo {
  /** Active sessions of the workspace. */
  sessions: number;
  /** Frames written, and readers dropped as too slow; null where only that worker knows. */
  sent: number | null;
  dropped: number | null;
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
  return { workers: workers.map((worker) => statsOf(worker, sessions)), users: usersOf(sessions) };
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

function statsOf(worker: WorkerInfo, sessions: readonly StoredSession[]): WorkerStats {
  const { workerId, metrics } = runtime();
  const own = worker.workerId === workerId ? metrics.source : null;
  return {
    ...worker,
    sessions: sessions.filter((session) => session.workerId === worker.workerId).length,
    sent: own?.framesOut() ?? null,
    dropped: own?.slowCloses() ?? null,
  };
}

function usersOf(sessions: readonly StoredSession[]): ConnectedUser[] {
  const users = new Map<string, ConnectedUser>();
  for (const { recipient, label, connections } of sessions) {
    const user = users.get(recipient) ?? { recipient, name: label, connections: 0, sessions: 0 };
    users.set(recipient, {
      ...user,
      connections: user.connections + connections,
      sessions: user.sessions + 1,
    });
  }
  return [...users.values()].sort((a, b) => b.connections - a.connections);
}
