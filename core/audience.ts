/**
 * Who sees a broadcast ([AUD1]). `null` = everyone. Conditions are joined by *and*; an
 * explicit exclusion wins over everything, an explicit inclusion over the conditions.
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
}

export const TRAIT_OPERATORS = [
  "is",
  "is_not",
  "one_of",
  "contains",
  "exists",
  "gte",
  "lte",
] as const;
export type TraitOperator = (typeof TRAIT_OPERATORS)[number];

export interface TraitCondition {
  trait: string;
  op: TraitOperator;
  /** Absent for `exists`; an array for `one_of`. */
  value?: string | number | boolean | (string | number | boolean)[];
}

export type TraitValue = string | number | boolean | null | TraitValue[];

/** Everything about a recipient that decides what it sees. From signed sources only ([AUD2]). */
export interface Viewer {
  /** `user:<sub>`, `team:<user id>` or `anon:<uuid>`: unique within the workspace. */
  recipient: string;
  kind: "user" | "team" | "anonymous";
  /** `sub`, dashboard user id, or anonymous uuid. */
  subject: string;
  name: string | null;
  roles: readonly string[];
  traits: Readonly<Record<string, TraitValue>>;
  locale: string | null;
}

export interface Explanation {
  matches: boolean;
  /** In words, one for each rule that decided or failed. */
  reasons: string[];
}
