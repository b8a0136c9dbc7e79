import { type Broadcast, isTest } from "@/core/broadcast";
import { LIMITS } from "@/core/limits";
import type { CreatorStats } from "@/core/protocol";
import { liveNow } from "@/core/visibility";
import { toWire } from "@/core/wire";
import type { ServiceContext } from "../context";
import type { WorkspaceInfo } from "../ports/broadcast-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
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
      per_worker: workers.map(({ workerId, nodeId, connections }) => ({
        worker_id: workerId,
        node_id: nodeId,
        connections,
      })),
      max_characters: LIMITS.messageChars,
    },
    ...(!counts.clusterWide && { note: LOCAL_ONLY }),
  };
}

/** What is live now, whoever sees it, in screen order; no tests. From memory. */
export function liveIn(workspace: WorkspaceInfo): Broadcast[] {
  const { feed } = runtime();
  return liveNow(feed.broadcastsOf(workspace.id), feed.now()).filter((row) => !isTest(row));
}
