import type { WorkspaceSettings } from "@/core/api/settings";
import { type Audience, explain, type Viewer } from "@/core/audience";
import { type Broadcast, statusOf } from "@/core/broadcast";
import { isHidden, supersededBy } from "@/core/visibility";
import { findIn } from "../broadcasts/find";
import type { ServiceContext } from "../context";
import type { RecipientException } from "../ports/receipt-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

export interface Verdict {
  recipient: string;
  sees: boolean;
  /** In words, one for each thing that decided. */
  reasons: string[];
}

interface ExplainInput {
  viewers: readonly Viewer[];
  /** Of a broadcast that is there: its status and the viewer's dismissals count too. */
  broadcastId?: string | undefined;
  /** Of one still to be written; what is there has its own. */
  audience?: Audience | null | undefined;
}

/**
 * Why somebody does or does not see a broadcast ([AUD4]); nothing is changed.
 * @throws AppError `not_found`, `forbidden`, `unavailable`
 */
export async function explainVisibility(
  ctx: ServiceContext,
  { viewers, broadcastId, audience = null }: ExplainInput,
): Promise<Verdict[]> {
  requirePermission(ctx, "read");
  if (broadcastId === undefined) {
    return viewers.map((viewer) => {
      const { matches, reasons } = explain(audience, viewer, "");
      return { recipient: viewer.recipient, sees: matches, reasons };
    });
  }
  const broadcast = await findIn(runtime().broadcasts, ctx, broadcastId);
  const recipients = viewers.map(({ recipient }) => recipient);
  const exceptions = await runtime().receipts.exceptionsOf(recipients, [broadcast.id]);
  return viewers.map((viewer) =>
    verdictOn(ctx, broadcast, viewer, exceptions.get(viewer.recipient)?.[0]),
  );
}

/** @param exception what this viewer did to this broadcast */
export function verdictOn(
  { workspace }: Pick<ServiceContext, "workspace">,
  broadcast: Broadcast,
  viewer: Viewer,
  exception: RecipientException | undefined,
): Verdict {
  const { feed } = runtime();
  const now = feed.now();
  const status = statusOf(broadcast, now);
  const others = feed.broadcastsOf(broadcast.workspaceId);
  const audience = explain(broadcast.audience, viewer, broadcast.id);
  const isReplaced = status === "live" && supersededBy(others, now).has(broadcast.id);
  const isDismissed = isHidden(broadcast, exception);
  const snoozedUntil = exception?.snoozedUntil ?? 0;
  const shutOut = shutOutBy(workspace.settings, viewer);
  const reasons = [
    ...shutOut,
    ...(status === "live" ? [] : [`Nobody sees it: it is ${status}.`]),
    ...(isReplaced ? ["Nobody sees it: a later broadcast took its place."] : []),
    ...(isDismissed ? ["This viewer dismissed it."] : []),
    ...(snoozedUntil > now
      ? [`This viewer snoozed it until ${new Date(snoozedUntil).toISOString()}.`]
      : []),
    ...audience.reasons,
    ...(broadcast.paths ? [`Only on pages that match: ${broadcast.paths.join(", ")}.`] : []),
  ];
  const isShown = status === "live" && !isReplaced && !isDismissed && snoozedUntil <= now;
  const sees = shutOut.length === 0 && isShown && audience.matches;
  return { recipient: viewer.recipient, sees, reasons };
}

/** Settings that keep somebody from everything; dashboard people always get in. */
function shutOutBy(settings: WorkspaceSettings, { kind }: Viewer): string[] {
  if (kind === "team") return [];
  if (!settings.embedEnabled) return ["Banners are switched off in the settings."];
  if (kind === "user" || settings.anonymousAllowed) return [];
  return ["Anonymous visitors are not let in by the settings."];
}
