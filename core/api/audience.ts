import { z } from "zod";
import type { Audience } from "../audience";
import { LIMITS } from "../limits";
import { canonicalLocale } from "../locale";
import { hasForbiddenCharacters } from "../text";
import { readTraitCondition, TRAIT_OPERATORS } from "../traits";

const word = (limit: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(limit)
    .refine((text) => !hasForbiddenCharacters(text), {
      error: "Must not contain control characters",
    });

const scalar = z.union([word(LIMITS.urlChars), z.number(), z.boolean()]);

const traitCondition = z
  .strictObject({
    trait: word(LIMITS.nameChars),
    op: z.enum(TRAIT_OPERATORS),
    value: z.union([scalar, z.array(scalar).min(1).max(LIMITS.explicitUsers)]).optional(),
  })
  .refine((condition) => readTraitCondition(condition) !== null, {
    path: ["value"],
    error: "The value does not fit the operator",
  });

/** A list that names someone: an empty one would mean nobody, or everybody, by accident. */
const named = (what: string, item: z.ZodType<string, string>, limit: number) =>
  z
    .array(item)
    .min(1, { error: `Name at least one ${what}, or leave the rule out` })
    .max(limit);

const locale = z
  .string()
  .refine((text) => canonicalLocale(text) !== null, { error: "Not a language tag such as fr-CA" })
  .overwrite((text) => canonicalLocale(text) ?? text);

const rules = {
  signedIn: z.enum(["signed-in", "anonymous"]).optional(),
  teamOnly: z.boolean().optional(),
  roles: named("role", word(LIMITS.nameChars), LIMITS.audienceConditions).optional(),
  traits: z.array(traitCondition).max(LIMITS.audienceConditions).optional(),
  include: named("user", word(LIMITS.subjectChars), LIMITS.explicitUsers).optional(),
  exclude: z.array(word(LIMITS.subjectChars)).max(LIMITS.explicitUsers).optional(),
  locales: named("locale", locale, LIMITS.audienceConditions).optional(),
  percentage: z.number().min(0).max(100).optional(),
};

/** Who sees a broadcast ([AUD1]), as people write it; a rule that is not known is refused. */
export const audienceSchema: z.ZodType<Audience, Audience> = z
  .strictObject(rules)
  .refine(
    ({ include, exclude }) =>
      (include?.length ?? 0) + (exclude?.length ?? 0) <= LIMITS.explicitUsers,
    { error: `At most ${LIMITS.explicitUsers} users can be named` },
  );

/** An audience as it is stored: also rules that only the service writes, or a newer version. */
export const storedAudience: z.ZodType<Audience, Audience> = z.looseObject({
  ...rules,
  only: z.string().optional(),
});
