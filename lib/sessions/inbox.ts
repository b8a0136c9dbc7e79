import { matches, type Viewer } from "@/core/audience";
import { isTest, liveFrom, type Status, statusOf } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import type { WireBroadcast } from "@/core/protocol";
import { isHidden } from "@/core/visibility";
import { toWire } from "@/core/wire";
import type { Caller } from "../context";
import type { InboxEntry } from "../ports/history";
import type { StoredSession } from "../ports/session-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { viewerOfSession } from "./viewer-of-session";

const DAY_MS = 24 * 3_600_000;
/** Newest kept; an inbox is for reading, not an archive. */
const MAX_MESSAGES = 200;

/** A broadcast in an inbox, and what became of it. */
export interface InboxMessage extends WireBroadcast {
  status: Status;
  /** When it became visible, ISO 8601. */
  live_at: string;
  dismissed: boolean;
}

interface Owner {
  viewer: Viewer;
  /** When the session was first seen, ms. */
  since: number;
}

/**
 * The broadcasts that were live since a session was first seen, within the workspace's retention,
 * and whose audience its recipient matches; also those it has a receipt of. Newest first ([PUB8]).
 * For the workspace's people and keys, and for the session's own recipient.
 * @throws AppError `not_found`, `unauthenticated`, `unavailable`
 */
export async function inbox(caller: Caller, { id }: { id: string }): Promise<InboxMessage[]> {
  const { history, feed } = runtime();
  const { workspace } = caller;
  const { viewer, since } = await ownerOf(caller, id);
  const oldest = feed.now() - workspace.settings.retentionDays * DAY_MS;
  const entries = await history.inbox(
    workspace.id,
    viewer.recipient,
    Math.max(since, oldest),
    MAX_MESSAGES,
  );
  return entries
    .filter((entry) => belongs(entry, viewer))
    .map((entry) => toMessage(entry, viewer, workspace.settings.defaultLocale));
}

async function ownerOf(caller: Caller, id: string): Promise<Owner> {
  const session = await runtime().sessions.find(caller.workspace.id, id);
  switch (caller.kind) {
    case "nobody":
      throw new AppError("unauthenticated", "Send the session's token, or sign in.");
    case "recipient":
      // A token outlives the stored session: then the retention alone says how far back.
      if (caller.sessionId !== id) throw notFound();
      return { viewer: caller.viewer, since: session?.firstSeenAt ?? 0 };
    case "member":
    case "key":
      requirePermission(caller, "read");
      if (!session) throw notFound();
      return ownerStored(session);
  }
}

function ownerStored(session: StoredSession): Owner {
  return { viewer: viewerOfSession(session), since: session.firstSeenAt };
}

function belongs({ broadcast, hasReceipt }: InboxEntry, viewer: Viewer): boolean {
  if (isTest(broadcast)) return false;
  return hasReceipt || matches(broadcast.audience, viewer, broadcast.id);
}

function toMessage(entry: InboxEntry, viewer: Viewer, defaultLocale: string): InboxMessage {
  const { broadcast, snoozedUntil } = entry;
  return {
    ...toWire(broadcast, viewer.locale, snoozedUntil, undefined, defaultLocale),
    status: statusOf(broadcast, runtime().feed.now()),
    live_at: new Date(liveFrom(broadcast)).toISOString(),
    dismissed: isHidden(broadcast, entry),
  };
}

function notFound(): AppError {
  return new AppError("not_found", "Session not found");
}
