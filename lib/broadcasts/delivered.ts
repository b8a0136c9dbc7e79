import type { Broadcast } from "@/core/broadcast";
import type { ServiceContext } from "../context";
import { type DeliveryReport, runtime } from "../runtime-context";
import type { Changed } from "./change-once";

/** What a publishing verb answers ([PUB1]). */
export interface Delivered {
  broadcast: Broadcast;
  report: DeliveryReport;
  /** Unexpired sessions of the workspace; null when targeted, or when they cannot be counted. */
  storedForSessions: number | null;
}

/** Announces a committed change and says whom it concerns. Never throws: it is published. */
export async function deliver(
  { workspace }: Pick<ServiceContext, "workspace">,
  { broadcast, change }: Changed,
): Promise<Delivered> {
  const [report, storedForSessions] = await Promise.all([
    runtime().delivery.announce(change, broadcast.id),
    broadcast.audience === null ? countSessions(workspace.id) : null,
  ]);
  return { broadcast, report, storedForSessions };
}

async function countSessions(workspaceId: string): Promise<number | null> {
  try {
    return (await runtime().sessions.counts(workspaceId)).allSessions;
  } catch (err) {
    runtime().logger.debug({ err }, "the sessions could not be counted");
    return null;
  }
}
