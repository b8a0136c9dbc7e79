import type { ViewerInput } from "@/core/api/dry-run";
import type { Audience, Viewer } from "@/core/audience";
import { recipientOf } from "../auth/session-token";
import { findIn } from "../broadcasts/find";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { explainVisibility, type Verdict } from "./explain-visibility";
import { getSession } from "./get-session";
import { type AudienceReach, reach } from "./reach";
import { viewerOfSession } from "./viewer-of-session";

export interface DryRun {
  reach: AudienceReach;
  /** In the order they were asked for. */
  viewers: Verdict[];
}

interface DryRunInput {
  broadcastId?: string | undefined;
  audience?: Audience | null | undefined;
  viewers: readonly ViewerInput[];
}

/**
 * Who would see a broadcast, and why ([AUD4]): one that is there, or an audience that is still
 * being written. Nothing is changed.
 * @throws AppError `not_found` for an unknown broadcast or session, `forbidden`, `unavailable`
 */
export async function dryRun(ctx: ServiceContext, input: DryRunInput): Promise<DryRun> {
  requirePermission(ctx, "read");
  const { broadcastId } = input;
  const stored = broadcastId ? await findIn(runtime().broadcasts, ctx, broadcastId) : null;
  const audience = stored ? stored.audience : (input.audience ?? null);
  const viewers = await Promise.all(input.viewers.map((viewer) => viewerOf(ctx, viewer)));
  const [reached, verdicts] = await Promise.all([
    reach(ctx, { audience, ...(broadcastId && { broadcastId }) }),
    explainVisibility(ctx, { viewers, broadcastId, audience }),
  ]);
  return { reach: reached, viewers: verdicts };
}

async function viewerOf(ctx: ServiceContext, input: ViewerInput): Promise<Viewer> {
  if ("sessionId" in input) {
    return viewerOfSession(await getSession(ctx, { id: input.sessionId }));
  }
  return { ...input, recipient: recipientOf(input.kind, input.subject), name: null };
}
