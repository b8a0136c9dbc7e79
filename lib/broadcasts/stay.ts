import { randomUUID } from "node:crypto";
import type { SessionClaims } from "../auth/session-token";
import type { MemberCaller, RecipientCaller } from "../context";
import { runtime } from "../runtime-context";

/** A session token is made anew after this, so that it never runs out under a returning visitor. */
const RENEW_AFTER_MS = 24 * 3_600_000;
/** And when it is about to stop saying who a user is. */
const RENEW_BEFORE_MS = 60_000;

/** The session that a call without a socket belongs to. */
export interface Stay {
  sessionId: string;
  sessionToken: string;
  /** The token differs from the one that was sent. */
  isNew: boolean;
}

/**
 * The caller's session, as its token says; else a new one. The token that was sent is given back
 * while it is good, so that equal answers are equal bytes.
 * @param sent the session token of the request, if there was one
 */
export function takeUpStay(caller: RecipientCaller | MemberCaller, sent: string | null): Stay {
  const { authenticator, feed } = runtime();
  const claims = sent === null ? null : authenticator.readSession(caller.workspace.id, sent);
  if (sent !== null && claims !== null && isGood(claims, caller, feed.now())) {
    return { sessionId: claims.sessionId, sessionToken: sent, isNew: false };
  }
  const sessionId = caller.sessionId ?? randomUUID();
  return { sessionId, sessionToken: authenticator.issueSession(caller, sessionId), isNew: true };
}

function isGood(
  claims: SessionClaims,
  { sessionId, viewer }: RecipientCaller | MemberCaller,
  now: number,
): boolean {
  return (
    claims.sessionId === sessionId &&
    claims.viewer.recipient === viewer.recipient &&
    claims.issuedAt > now - RENEW_AFTER_MS &&
    (viewer.kind !== "user" || claims.identityUntil > now + RENEW_BEFORE_MS)
  );
}
