import { AppError, type ErrorCode, isAppError } from "@/core/errors";

/** When a caller should come back after the database failed it. */
const RETRY_AFTER_S = 2;

/**
 * SQLSTATEs (two characters: a whole class) that mean "not now": connection lost (08), resources
 * exhausted (53), server going down or coming up (57), lock not had in time (55P03), sent to a
 * standby after a fail-over (25006), cut off for idling in a transaction (25P03), deadlock (40).
 */
const UNAVAILABLE_STATES = ["08", "40", "53", "57", "25006", "25P03", "55P03"] as const;

const OTHER_STATES: readonly (readonly [state: string, code: ErrorCode])[] = [
  ["22", "invalid"],
  // A value too long for an index; a rule of the table that it breaks.
  ["54", "invalid"],
  ["23502", "invalid"],
  ["23514", "invalid"],
  ["23503", "not_found"],
  ["23505", "conflict"],
];

/** Prisma's own codes: unreachable, timed out, closed, no free connection, transaction lost. */
const UNAVAILABLE_PRISMA = new Set(["P1001", "P1002", "P1008", "P1017", "P2024", "P2028", "P2034"]);

const OTHER_PRISMA: ReadonlyMap<string, ErrorCode> = new Map([
  ["P2002", "conflict"],
  ["P2003", "not_found"],
  ["P2025", "not_found"],
]);

/** Kinds of Prisma's driver adapter that carry no SQLSTATE. */
const UNAVAILABLE_KINDS = new Set(["DatabaseNotReachable", "ConnectionClosed", "SocketTimeout"]);

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  unavailable: "The database is not available right now.",
  invalid: "The database cannot store this value.",
  not_found: "Something this refers to does not exist.",
  conflict: "This exists already.",
};

/**
 * What the driver or Prisma threw, as an {@link AppError}: `unavailable` with a time to retry for
 * everything that a later attempt may cure, `conflict`, `not_found` and `invalid` for what the
 * data is to blame for, `internal` for the rest. The original stays as the cause, never shown.
 */
export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error;
  const code = codeOf(error);
  return new AppError(code, MESSAGES[code] ?? "The database refused a statement.", {
    cause: error,
    ...(code === "unavailable" && { retryAfterS: RETRY_AFTER_S }),
  });
}

/** A deadlock or a serialization failure: rolled back for certain, so it may be tried again. */
export function isRolledBackConflict(error: unknown): boolean {
  return isAppError(error) && sqlStateOf(error.cause)?.startsWith("40") === true;
}

function codeOf(error: unknown): ErrorCode {
  if (!(error instanceof Error)) return "internal";
  const state = sqlStateOf(error);
  if (state !== null) return codeOfState(state);
  const code = stringMember(error, "code");
  if (code !== null) return OTHER_PRISMA.get(code) ?? codeOfSystem(code);
  const kind = stringMember(member(error, "cause"), "kind");
  if (kind !== null) return UNAVAILABLE_KINDS.has(kind) ? "unavailable" : "internal";
  // The driver reports a lost connection, a full pool and its own timeouts as a plain Error
  // without any code; a mistake in our code is a TypeError or the like.
  return error.name === "Error" || error.name === "PrismaClientInitializationError"
    ? "unavailable"
    : "internal";
}

function codeOfState(state: string): ErrorCode {
  if (UNAVAILABLE_STATES.some((prefix) => state.startsWith(prefix))) return "unavailable";
  return OTHER_STATES.find(([prefix]) => state.startsWith(prefix))?.[1] ?? "internal";
}

/** ECONNREFUSED, EPIPE, ENOENT of a Unix socket, …: never reached the database, or lost it. */
function codeOfSystem(code: string): ErrorCode {
  if (UNAVAILABLE_PRISMA.has(code)) return "unavailable";
  return /^E[A-Z_]+$/.test(code) && !code.startsWith("ERR_") ? "unavailable" : "internal";
}

/** Of the driver's own error, or of the one inside what Prisma made of it. */
function sqlStateOf(error: unknown): string | null {
  const direct = stringMember(error, "code");
  if (direct !== null && isSqlState(direct)) return direct;
  const cause = member(error, "cause");
  const inner = stringMember(cause, "originalCode") ?? stringMember(cause, "code");
  if (inner !== null && isSqlState(inner)) return inner;
  const meta = member(member(error, "meta"), "driverAdapterError");
  return meta === undefined ? null : sqlStateOf(meta);
}

/** Five characters, unlike EPIPE with a digit, unlike P2002 not of Prisma's own. */
function isSqlState(code: string): boolean {
  return /^(?!P[12]\d{3}$)(?=.*\d)[0-9A-Z]{5}$/.test(code);
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function stringMember(value: unknown, key: string): string | null {
  const found = member(value, key);
  return typeof found === "string" ? found : null;
}
