import { CONDITION_READERS, type Condition, isStrings } from "./audience-conditions";
import type { TraitCondition } from "./traits";
import type { Viewer } from "./viewer";

export { bucketOf } from "./audience-conditions";
export {
  TRAIT_OPERATORS,
  type TraitCondition,
  type TraitOperator,
  type TraitValue,
} from "./traits";
export type { Viewer } from "./viewer";

/**
 * Who sees a broadcast ([AUD1]). `null` = everyone. Conditions are joined by *and*; an
 * explicit exclusion wins over everything, an explicit inclusion over the conditions. An
 * inclusion without any condition means: only those.
 *
 * Stored as JSON and read by several versions at once: a rule this version does not know
 * matches nobody ([DEG9]), so evaluation takes `unknown` and never throws.
 */
export interface Audience {
  /** `signed-in`, `anonymous`; absent = both. */
  signedIn?: "signed-in" | "anonymous";
  /** Dashboard people only. */
  teamOnly?: boolean;
  /** Any of these roles (of the user token, or of the dashboard person). */
  roles?: string[];
  /** On the signed token's traits, `plan` among them. */
  traits?: TraitCondition[];
  /** Recipients' `sub`s that see it whatever the conditions say. */
  include?: string[];
  /** Recipients' `sub`s that never see it. */
  exclude?: string[];
  /** Any of these; `fr` also matches `fr-CA`. */
  locales?: string[];
  /** 0–100: deterministic by hash of broadcast and recipient. */
  percentage?: number;
  /**
   * This recipient alone (`team:<user id>`): a test on its author's own screens ([BC9]). Set by
   * the service; no caller may write it.
   */
  only?: string;
}

export interface Explanation {
  matches: boolean;
  /** In words, one for each rule that decided or failed. */
  reasons: string[];
}

/**
 * Whether a viewer is in the audience. Never throws. The audience object must not be changed
 * afterwards: what was read of it is remembered.
 */
export function matches(audience: unknown, viewer: Viewer, broadcastId: string): boolean {
  if (audience === null || audience === undefined) return true;
  const { include, exclude, conditions, problems } = read(audience);
  if (problems.length > 0 || exclude?.has(viewer.subject)) return false;
  if (include?.has(viewer.subject)) return true;
  if (conditions.length === 0) return include === null;
  return conditions.every((condition) => condition.test(viewer, broadcastId));
}

/** Why a viewer is in the audience or is not ([AUD4]), for people who answer questions about it. */
export function explain(audience: unknown, viewer: Viewer, broadcastId: string): Explanation {
  const result = matches(audience, viewer, broadcastId);
  if (audience === null || audience === undefined) return { matches: result, reasons: [EVERYONE] };
  const { include, exclude, conditions, problems } = read(audience);
  if (problems.length > 0) return { matches: result, reasons: problems };
  if (exclude?.has(viewer.subject)) {
    return { matches: result, reasons: ["This viewer is on the list of those who never see it."] };
  }
  if (include?.has(viewer.subject)) {
    return { matches: result, reasons: ["This viewer is on the list of those who always see it."] };
  }
  if (conditions.length === 0)
    return { matches: result, reasons: [include ? ONLY_LISTED : EVERYONE] };
  return {
    matches: result,
    reasons: conditions.map(({ asks, test, fact }) => {
      const outcome = test(viewer, broadcastId) ? "Fulfilled" : "Not fulfilled";
      return `${outcome}: ${asks} (${fact(viewer, broadcastId)}).`;
    }),
  };
}

const EVERYONE = "Everyone sees it: its audience has no conditions.";
const ONLY_LISTED = "Only listed people see it, and this viewer is not on the list.";

/**
 * Whether the outcome can differ between two viewers of the same kind, roles, traits and locale.
 * Where it cannot, one evaluation serves them all.
 */
export function dependsOnRecipient(audience: unknown): boolean {
  if (audience === null || audience === undefined) return false;
  const { include, exclude, conditions, problems } = read(audience);
  if (problems.length > 0) return false;
  return include !== null || exclude !== null || conditions.some(({ personal }) => personal);
}

interface ReadAudience {
  /** Null = not given. */
  include: ReadonlySet<string> | null;
  exclude: ReadonlySet<string> | null;
  conditions: readonly Condition[];
  /** What this version does not understand; if anything, nobody matches. */
  problems: string[];
}

/** Audiences are evaluated for every connecting viewer and change only by a new object. */
const remembered = new WeakMap<object, ReadAudience>();

function read(audience: unknown): ReadAudience {
  if (typeof audience !== "object" || audience === null || Array.isArray(audience)) {
    return NOT_AN_OBJECT;
  }
  const known = remembered.get(audience);
  if (known) return known;
  const result = readRules(audience);
  remembered.set(audience, result);
  return result;
}

function readRules(audience: object): ReadAudience {
  const lists = new Map<string, ReadonlySet<string>>();
  const conditions: Condition[] = [];
  const problems: string[] = [];
  for (const [rule, value] of Object.entries(audience)) {
    if (value === undefined) continue;
    if (rule === "include" || rule === "exclude") {
      if (isStrings(value)) lists.set(rule, new Set(value));
      else problems.push(notUnderstood(rule));
      continue;
    }
    const readCondition = CONDITION_READERS.get(rule);
    const found = readCondition?.(value);
    if (found) conditions.push(...found);
    else problems.push(readCondition ? notUnderstood(rule) : notKnown(rule));
  }
  const include = lists.get("include") ?? null;
  return { include, exclude: lists.get("exclude") ?? null, conditions, problems };
}

const NOT_AN_OBJECT: ReadAudience = {
  include: null,
  exclude: null,
  conditions: [],
  problems: ["Nobody sees it: its audience is not an object."],
};

function notKnown(rule: string): string {
  return `Nobody sees it: the rule “${rule.slice(0, 60)}” is not known to this version.`;
}

function notUnderstood(rule: string): string {
  return `Nobody sees it: the value of the rule “${rule}” is not understood by this version.`;
}
