import { type Broadcast, isTest } from "@/core/broadcast";
import { LIMITS } from "@/core/limits";
import type { CreatorStats, LiveReceipts } from "@/core/protocol";
import { liveNow } from "@/core/visibility";
import { toWire } from "@/core/wire";
import type { ServiceContext } from "../context";
import type { WorkspaceInfo } from "../ports/broadcast-store";
import type { WorkerInfo } from "../ports/session-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { OVERDUE_MS } from "../workers-watch";
import { publishedToday } from "./published-today";

const LOCAL_ONLY = "Count is for this replica only";

/** Figures of a workspace for its people (SPEC §§ 6, 8). */
export interface StatsAnswer {
  stats: CreatorStats;
  /** Present exactly while the counts are this worker's only. */
  note?: string;
}

/**
 * Who is connected, and what was published today; cluster-wide, cheap enough to be asked every
 * second. @throws AppError `forbidden`, `unavailable`
 */
export async function creatorStats(ctx: ServiceContext): Promise<StatsAnswer> {
  requirePermission(ctx, "read");
  const { workspace, actor } = ctx;
  const { sessions } = runtime();
  const [counts, workers, today] = await Promise.all([
    sessions.counts(workspace.id),
    sessions.workers(),
    publishedToday(workspace, actor.id),
  ]);
  const [active] = liveIn(workspace);
  return {
    stats: {
      broadcasts_today: today.byAuthor,
      workspace_broadcasts_today: today.workspace,
      active_broadcast: active
        ? toWire(active, null, null, undefined, workspace.settings.defaultLocale)
        : null,
      connected_users: counts.recipients,
      connected_sessions: counts.activeSessions,
      connections: counts.connections,
      per_worker: workers.map(({ workerId, nodeId, connections, lastBeatAt }) => ({
        worker_id: workerId,
        node_id: nodeId,
        connections,
        ...(latestBeat(workers) - lastBeatAt > OVERDUE_MS && { silent: true }),
      })),
      max_characters: LIMITS.messageChars,
    },
    ...(!counts.clusterWide && { note: LOCAL_ONLY }),
  };
}

/** Against the latest of all: the store's clock, whatever this machine's says. */
function latestBeat(workers: readonly WorkerInfo[]): number {
  return Math.max(...workers.map(({ lastBeatAt }) => lastBeatAt));
}

/**
 * How what is live is received, one query for all of it; cheap enough to be asked every second.
 * @throws AppError `unavailable`
 */
export async function liveReceipts(workspace: WorkspaceInfo): Promise<LiveReceipts[]> {
  const live = liveIn(workspace);
  const counts = live.length === 0 ? [] : await runtime().receipts.countsOf(live);
  return live.flatMap(({ id, showFromRevision }, index) => {
    const count = counts[index];
    return count ? { broadcast_id: id, revision: showFromRevision, ...count } : [];
  });
}

/** What is live now, whoever sees it, in screen order; no tests. From memory. */
export function liveIn(workspace: WorkspaceInfo): Broadcast[] {
  const { feed } = runtime();
  return liveNow(feed.broadcastsOf(workspace.id), feed.now()).filter((row) => !isTest(row));
}
