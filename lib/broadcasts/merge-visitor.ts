import type { MemberCaller, RecipientCaller } from "../context";
import { runtime } from "../runtime-context";

/**
 * What an anonymous visitor dismissed is the user's that it signed in as ([ACK3]), also what was
 * on its way. Where the database is away it stays the visitor's, until the next call.
 */
export async function mergeVisitor(caller: RecipientCaller | MemberCaller): Promise<void> {
  if (!caller.mergeFrom) return;
  const { acknowledger, logger } = runtime();
  try {
    await acknowledger.merge(caller.mergeFrom, caller.viewer.recipient);
  } catch (err) {
    logger.warn({ err }, "a visitor's dismissals could not be moved now");
  }
}
