/** Redis answered, but what it says is that it cannot serve now. */
const AWAY_ANSWERS = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOAUTH|WRONGPASS)\b/;

/**
 * The error without what ioredis hangs on it: the command with all its arguments, which may be
 * a password or what is known of a person ([SEC7]). Only this may be logged or passed on.
 */
export function bareError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const bare = new Error(error.message);
  bare.name = error.name;
  if (error.stack !== undefined) bare.stack = error.stack;
  return bare;
}

/** Redis is there and says no; anything else means that it is not there. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && !AWAY_ANSWERS.test(error.message);
}
