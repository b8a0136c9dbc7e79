import type { Audience, TraitCondition, TraitOperator } from "@/core/audience";
import { plural } from "../format";

export const OPERATOR_WORDS: Record<TraitOperator, string> = {
  is: "is",
  is_not: "is not",
  one_of: "is one of",
  contains: "contains",
  exists: "exists",
  gte: "is at least",
  lte: "is at most",
};

/** An audience in a few words: `Signed in · plan is pro · 20 %`. */
export function audienceWords(audience: Audience): string {
  const words = [
    audience.teamOnly ? "your team only" : null,
    audience.signedIn === "signed-in" ? "signed in" : null,
    audience.signedIn === "anonymous" ? "anonymous visitors" : null,
    audience.roles ? `role ${audience.roles.join(" or ")}` : null,
    ...(audience.traits ?? []).map(conditionWords),
    audience.locales ? `language ${audience.locales.join(" or ")}` : null,
    audience.percentage === undefined ? null : `${audience.percentage} %`,
    audience.include
      ? `with ${plural(audience.include.length, "named user", "named users")}`
      : null,
    audience.exclude
      ? `without ${plural(audience.exclude.length, "named user", "named users")}`
      : null,
  ].filter((word) => word !== null);
  const [first = "everyone", ...rest] = words;
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(" · ");
}

function conditionWords({ trait, op, value }: TraitCondition): string {
  const said = Array.isArray(value) ? value.join(" or ") : value;
  return [trait, OPERATOR_WORDS[op], op === "exists" ? undefined : said]
    .filter((part) => part !== undefined)
    .join(" ");
}
