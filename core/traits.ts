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

type Scalar = string | number | boolean;

/**
 * Whether a trait of the signed token fulfils a condition ([AUD1]). Scalars are compared by what
 * they say, so `"3"` is `3`: a composer writes text, a product signs numbers. `contains` looks
 * into a list or a text; `gte` and `lte` compare numbers, or ISO 8601 dates. An absent or null
 * trait fulfils nothing but `is_not`.
 */
export function fulfils({ op, value }: TraitCondition, trait: TraitValue | undefined): boolean {
  if (trait === undefined || trait === null) return op === "is_not";
  switch (op) {
    case "exists":
      return true;
    case "is":
      return isScalar(value) && isSame(trait, value);
    case "is_not":
      return isScalar(value) && !isSame(trait, value);
    case "one_of":
      return Array.isArray(value) && value.some((one) => isSame(trait, one));
    case "contains":
      return isScalar(value) && contains(trait, value);
    case "gte":
      return isOrdered(trait, value, (a, b) => a >= b);
    case "lte":
      return isOrdered(trait, value, (a, b) => a <= b);
  }
}

/** The condition when it is one this version knows, null for anything else. Never throws. */
export function readTraitCondition(input: unknown): TraitCondition | null {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return null;
  const known = new Set(["trait", "op", "value"]);
  if (!Object.keys(input).every((key) => known.has(key))) return null;
  const { trait, op, value } = input as Record<string, unknown>;
  if (typeof trait !== "string" || trait === "" || !isOperator(op)) return null;
  if (op === "exists") return value === undefined ? { trait, op } : null;
  if (op === "one_of") {
    return Array.isArray(value) && value.every(isScalar) ? { trait, op, value } : null;
  }
  if (!isScalar(value)) return null;
  if ((op === "gte" || op === "lte") && measure(value) === null) return null;
  return { trait, op, value };
}

/** Own properties only: a trait named `constructor` is not there unless the token has it. */
export function traitOf(
  traits: Readonly<Record<string, TraitValue>>,
  name: string,
): TraitValue | undefined {
  return Object.hasOwn(traits, name) ? traits[name] : undefined;
}

function isOperator(op: unknown): op is TraitOperator {
  return (TRAIT_OPERATORS as readonly unknown[]).includes(op);
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function isSame(trait: TraitValue, value: Scalar): boolean {
  return isScalar(trait) && String(trait) === String(value);
}

function contains(trait: TraitValue, value: Scalar): boolean {
  if (Array.isArray(trait)) return trait.some((one) => isSame(one, value));
  return typeof trait === "string" && trait.includes(String(value));
}

function isOrdered(
  trait: TraitValue,
  value: TraitCondition["value"],
  inOrder: (a: number, b: number) => boolean,
): boolean {
  const a = measure(trait);
  const b = measure(value);
  return a !== null && b !== null && a.kind === b.kind && inOrder(a.size, b.size);
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

function measure(value: unknown): { kind: "number" | "date"; size: number } | null {
  if (typeof value === "number") return { kind: "number", size: value };
  if (typeof value !== "string") return null;
  if (NUMBER.test(value)) return { kind: "number", size: Number(value) };
  const time = ISO_DATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : { kind: "date", size: time };
}
