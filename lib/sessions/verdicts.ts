import type { VerdictsInput } from "@/core/api/dry-run";
import { type Broadcast, isTest, type Level, type Status, statusOf } from "@/core/broadcast";
import type { Viewer } from "@/core/viewer";
import { recipientOf } from "../auth/session-token";
import type { ServiceContext } from "../context";
import type { StoredSession } from "../ports/session-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { verdictOn } from "./explain-visibility";
import { viewerOfSession } from "./viewer-of-session";

export interface BroadcastVerdict {
  id: string;
  level: Level;
  title: string | null;
  message: string;
  status: Status;
  sees: boolean;
  /** In words, one for each thing that decided. */
  reasons: string[];
}

/** Sessions that are looked at for one recipient's, latest first: pages of so many. */
const PAGE_SIZE = 200;
const MAX_PAGES = 5;

/**
 * What somebody sees of all that is live or scheduled, and why ([AUD4]): what is seen first, then
 * what is not, newest first in each. Nothing is changed.
 * @throws AppError `forbidden`, `unavailable`
 */
export async function verdictsOn(ctx: ServiceContext, viewer: Viewer): Promise<BroadcastVerdict[]> {
  requirePermission(ctx, "read");
  const { feed, receipts } = runtime();
  const now = feed.now();
  const out = feed.broadcastsOf(ctx.workspace.id).filter((row) => !isTest(row) && isOut(row, now));
  const ids = out.map(({ id }) => id);
  const found = (await receipts.exceptionsOf([viewer.recipient], ids)).get(viewer.recipient) ?? [];
  const exceptions = new Map(found.map((exception) => [exception.broadcastId, exception]));
  return out
    .sort((a, b) => b.seq - a.seq)
    .map((row) => {
      const { id, level, title, message } = row;
      const { sees, reasons } = verdictOn(ctx, row, viewer, exceptions.get(id));
      return { id, level, title, message, status: statusOf(row, now), sees, reasons };
    })
    .sort((a, b) => Number(b.sees) - Number(a.sees));
}

/**
 * The same for a user or a colleague by id. With roles, traits or a language they are judged as
 * given; without any, as their latest session knew them, among the 1,000 latest of the workspace.
 * @throws AppError `forbidden`, `unavailable`
 */
export async function verdictsFor(
  ctx: ServiceContext,
  input: VerdictsInput,
): Promise<{ viewer: Viewer; sessionId: string | null; verdicts: BroadcastVerdict[] }> {
  requirePermission(ctx, "read");
  const recipient = recipientOf(input.kind, input.subject);
  const isBare =
    input.roles.length === 0 && Object.keys(input.traits).length === 0 && input.locale === null;
  const session = isBare ? await latestSessionOf(ctx, recipient) : null;
  const viewer = session ? viewerOfSession(session) : { ...input, recipient, name: null };
  return { viewer, sessionId: session?.id ?? null, verdicts: await verdictsOn(ctx, viewer) };
}

async function latestSessionOf(
  { workspace }: ServiceContext,
  recipient: string,
): Promise<StoredSession | null> {
  const { sessions } = runtime();
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const listed: Awaited<ReturnType<typeof sessions.list>> = await sessions.list(
      workspace.id,
      "all",
      { limit: PAGE_SIZE, cursor },
    );
    const found = listed.sessions.find((session) => session.recipient === recipient);
    if (found) return found;
    cursor = listed.next;
    if (cursor === null) break;
  }
  return null;
}

function isOut(row: Broadcast, now: number): boolean {
  const status = statusOf(row, now);
  return status === "live" || status === "scheduled";
}
