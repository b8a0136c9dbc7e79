import { liveFrom } from "@/core/broadcast";
import { contentProblems } from "@/core/content-rules";
import { AppError } from "@/core/errors";
import type { BroadcastContent } from "@/core/revisions";
import type { BroadcastDraft } from "../ports/broadcast-store";

/**
 * The row of a broadcast that is published at `now` (ms, database time): live at once, or
 * scheduled where its start is still to come.
 * @throws AppError `invalid`, naming the field
 */
export function published(draft: BroadcastDraft, now: number): BroadcastDraft {
  requirePublishable(draft, now);
  const row = { ...draft, publishedAt: now, updatedAt: now };
  return { ...row, wentLiveAt: liveFrom(row) <= now ? now : null };
}

/**
 * What must hold when it goes out, though the caller checked the fields: time has passed, and an
 * edit joins old fields with new ones.
 * @throws AppError `invalid`, naming the field
 */
export function requirePublishable(content: BroadcastContent, now: number): void {
  requireConsistent(content);
  if (content.endsAt !== null && content.endsAt <= now) {
    throw new AppError("invalid", "The end has passed already", { field: "endsAt" });
  }
}

/** @throws AppError `invalid`, naming the field */
export function requireConsistent(content: BroadcastContent): void {
  const [problem] = contentProblems(content);
  if (problem) throw new AppError("invalid", problem.message, { field: problem.path.join(".") });
}
