/**
 * Every WebSocket close code this server sends (SPEC § 11): its reason, and whether a client
 * should come back. Codes not listed here (1006: the network) mean reconnect.
 */
export const CLOSE = {
  goingAway: { code: 1001, reason: "going away", reconnect: true },
  policy: { code: 1008, reason: "policy violation", reconnect: false },
  tooBig: { code: 1009, reason: "message too big", reconnect: true },
  internal: { code: 1011, reason: "internal error", reconnect: true },
  restarting: { code: 1012, reason: "service restarting", reconnect: true },
  tryLater: { code: 1013, reason: "try again later", reconnect: true },
  badFrame: { code: 4400, reason: "bad frame", reconnect: true },
  tokenInvalid: { code: 4401, reason: "token expired or invalid", reconnect: false },
  forbidden: { code: 4403, reason: "forbidden", reconnect: false },
  unknown: { code: 4404, reason: "unknown workspace or user", reconnect: false },
  tooSlow: { code: 4408, reason: "too slow", reconnect: true },
  replaced: { code: 4409, reason: "replaced by a newer connection", reconnect: false },
  tooMany: { code: 4429, reason: "too many", reconnect: true },
} as const;

export type CloseReason = (typeof CLOSE)[keyof typeof CLOSE];

const BY_CODE: ReadonlyMap<number, CloseReason> = new Map(
  Object.values(CLOSE).map((reason) => [reason.code, reason]),
);

/** Whether a client should reconnect after this close code; 4401 only with a fresh token. */
export function shouldReconnect(code: number): boolean {
  return BY_CODE.get(code)?.reconnect ?? true;
}
