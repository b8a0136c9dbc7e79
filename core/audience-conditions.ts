import { canonicalLocale, fallbackChain } from "./locale";
import { fulfils, readTraitCondition, type TraitCondition, traitOf } from "./traits";
import type { Viewer } from "./viewer";

/** One condition of an audience, ready to be asked of many viewers. */
export interface Condition {
  /** What it asks for, in words: "only signed-in people". */
  asks: string;
  test(viewer: Viewer, broadcastId: string): boolean;
  /** What is so of this viewer, in words: "this viewer is anonymous". */
  fact(viewer: Viewer, broadcastId: string): string;
  /** Tells apart viewers of the same kind, roles, traits and locale. */
  personal?: boolean;
}

/**
 * How each key of an audience that is a condition is read: `null` for a value that this version
 * does not understand, no conditions for one that asks nothing (`teamOnly: false`).
 */
export const CONDITION_READERS: ReadonlyMap<string, (value: unknown) => Condition[] | null> =
  new Map([
    ["signedIn", readSignedIn],
    ["teamOnly", readTeamOnly],
    ["roles", readRoles],
    ["traits", readTraits],
    ["locales", readLocales],
    ["percentage", readPercentage],
    ["only", readOnly],
  ]);

const KINDS = {
  user: "is signed in",
  team: "is on the dashboard's team",
  anonymous: "is anonymous",
} as const;

function kindOf(viewer: Viewer): string {
  return `this viewer ${KINDS[viewer.kind]}`;
}

function readSignedIn(value: unknown): Condition[] | null {
  if (value !== "signed-in" && value !== "anonymous") return null;
  const anonymous = value === "anonymous";
  return [
    {
      asks: anonymous ? "only anonymous visitors" : "only signed-in people",
      test: (viewer) => (viewer.kind === "anonymous") === anonymous,
      fact: kindOf,
    },
  ];
}

function readTeamOnly(value: unknown): Condition[] | null {
  if (value === false) return [];
  if (value !== true) return null;
  return [
    { asks: "only the dashboard's team", test: (viewer) => viewer.kind === "team", fact: kindOf },
  ];
}

function readRoles(value: unknown): Condition[] | null {
  if (!isStrings(value)) return null;
  const wanted = new Set(value);
  return [
    {
      asks: `role is one of ${list(value)}`,
      test: (viewer) => viewer.roles.some((role) => wanted.has(role)),
      fact: ({ roles }) =>
        roles.length === 0 ? "this viewer has no role" : `this viewer has ${list(roles)}`,
    },
  ];
}

function readLocales(value: unknown): Condition[] | null {
  if (!isStrings(value)) return null;
  const wanted = new Set(value.map(canonicalLocale));
  if (wanted.has(null)) return null;
  return [
    {
      asks: `locale is one of ${list(value)}`,
      test: (viewer) => fallbackChain(viewer.locale).some((locale) => wanted.has(locale)),
      fact: ({ locale }) =>
        locale === null ? "this viewer's locale is not known" : `this viewer has ${locale}`,
    },
  ];
}

function readPercentage(value: unknown): Condition[] | null {
  if (typeof value !== "number" || !(value >= 0 && value <= 100)) return null;
  return [
    {
      personal: true,
      asks: `${value} % of recipients`,
      test: (viewer, broadcastId) => bucketOf(broadcastId, viewer.recipient) < value,
      fact: (viewer, broadcastId) =>
        `this viewer's place for this broadcast is ${bucketOf(broadcastId, viewer.recipient)}`,
    },
  ];
}

function readOnly(value: unknown): Condition[] | null {
  if (typeof value !== "string") return null;
  return [
    {
      personal: true,
      asks: "only its author, as a test",
      test: (viewer) => viewer.recipient === value,
      fact: ({ recipient }) =>
        recipient === value ? "this is its author" : "this is someone else",
    },
  ];
}

function readTraits(value: unknown): Condition[] | null {
  if (!Array.isArray(value)) return null;
  const conditions: Condition[] = [];
  for (const input of value) {
    const condition = readTraitCondition(input);
    if (condition === null) return null;
    conditions.push(onTrait(condition));
  }
  return conditions;
}

const OPERATORS = {
  is: "is",
  is_not: "is not",
  one_of: "is one of",
  contains: "contains",
  exists: "is known",
  gte: "is at least",
  lte: "is at most",
} as const;

function onTrait(condition: TraitCondition): Condition {
  const { trait, op, value } = condition;
  const operand = Array.isArray(value) ? list(value) : value === undefined ? "" : say(value);
  return {
    asks: `${say(trait)} ${OPERATORS[op]} ${operand}`.trimEnd(),
    test: (viewer) => fulfils(condition, traitOf(viewer.traits, trait)),
    fact: (viewer) => {
      const actual = traitOf(viewer.traits, trait);
      return actual === undefined || actual === null
        ? `this viewer has no trait ${say(trait)}`
        : `this viewer's ${say(trait)} is ${say(actual)}`;
    },
  };
}

/** Longest value that an explanation spells out. */
const SAID_CHARS = 60;

function say(value: unknown): string {
  const said = typeof value === "string" ? value : JSON.stringify(value);
  return said.length > SAID_CHARS ? `${said.slice(0, SAID_CHARS)}…` : said;
}

function list(values: readonly unknown[]): string {
  return values.length === 0 ? "none" : say(values.map(say).join(", "));
}

export function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/**
 * Where a recipient stands in a broadcast's percentage: 0–99.99 in steps of 0.01, uniform, the
 * same at every evaluation, on every replica and in every version, and independent between
 * broadcasts. A recipient sees it when this is below the percentage, so raising that never takes
 * it away from anyone. FNV-1a over the UTF-16 code units, then murmur3's finalizer, because
 * FNV's last characters barely reach the high bits.
 */
export function bucketOf(broadcastId: string, recipient: string): number {
  const text = `${broadcastId}\n${recipient}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return ((hash >>> 0) % 10_000) / 100;
}
