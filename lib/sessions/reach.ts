import { randomUUID } from "node:crypto";
import { type Audience, matches } from "@/core/audience";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { viewerOfSession } from "./viewer-of-session";

const PAGE = 500;
/** Sessions that are looked at; further ones are said not to have been. */
const MAX_EXAMINED = 10_000;

export interface AudienceReach {
  /** Of the examined sessions, those whose recipient matches. */
  matching: number;
  /** Sessions with an open connection. */
  connected: number;
  /** Less than `connected` where there are too many to look at each. */
  examined: number;
}

/**
 * How many of the connected sessions an audience matches ([AUD4]).
 * @param broadcastId percentages depend on it; absent: of a broadcast still to be written
 */
export async function reach(
  ctx: ServiceContext,
  { audience, broadcastId = randomUUID() }: { audience: Audience | null; broadcastId?: string },
): Promise<AudienceReach> {
  requirePermission(ctx, "read");
  const { sessions } = runtime();
  const { activeSessions } = await sessions.counts(ctx.workspace.id);
  if (audience === null) {
    return { matching: activeSessions, connected: activeSessions, examined: activeSessions };
  }
  let matching = 0;
  let examined = 0;
  let cursor: string | null = null;
  do {
    const page = await sessions.list(ctx.workspace.id, "active", { limit: PAGE, cursor });
    const viewers = page.sessions.map(viewerOfSession);
    matching += viewers.filter((viewer) => matches(audience, viewer, broadcastId)).length;
    examined += viewers.length;
    cursor = page.next;
  } while (cursor !== null && examined < MAX_EXAMINED);
  return { matching, connected: Math.max(activeSessions, examined), examined };
}
