import { z } from "zod";
import type { TraitValue } from "@/core/audience";
import { AppError } from "@/core/errors";
import { LIMITS } from "@/core/limits";

/** What a user token says of its user, besides when it expires. */
export interface UserClaims {
  sub: string;
  name: string | null;
  roles: string[];
  traits: Record<string, TraitValue>;
  locale: string | null;
}

const MAX_ROLES = 100;
const MAX_WORD_CHARS = 256;
const MAX_TRAIT_DEPTH = 3;
/** Assigning one of these to an object reaches its prototype. */
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/** No control characters, no lone surrogates: they end in a database and in logs. */
const clean = z.string().regex(/^[^\p{Cc}\p{Cs}]*$/u, "must not contain control characters");

const claims = z.object({
  sub: clean.min(1).max(LIMITS.subjectChars),
  exp: z.number().int(),
  name: clean.max(LIMITS.nameChars).nullish(),
  roles: z.array(clean.max(MAX_WORD_CHARS)).max(MAX_ROLES).nullish(),
  locale: clean.max(35).nullish(),
});

/** @throws AppError `token_invalid`, naming the claim */
export function parseClaims(payload: Record<string, unknown>): UserClaims {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) throw invalid(inWords(parsed.error));
  const { sub, name, roles, locale } = parsed.data;
  const traits = parseTraits(payload.traits);
  const result = { sub, name: name ?? null, roles: roles ?? [], traits, locale: locale ?? null };
  const bytes = Buffer.byteLength(
    JSON.stringify({ name: result.name, roles: result.roles, traits, locale: result.locale }),
  );
  if (bytes <= LIMITS.traitsBytes) return result;
  throw invalid(
    `The token's name, roles, traits and locale are ${bytes} bytes together; at most ${LIMITS.traitsBytes} are allowed.`,
  );
}

export function invalid(message: string, cause?: unknown): AppError {
  return new AppError("token_invalid", message, { cause });
}

function parseTraits(value: unknown): Record<string, TraitValue> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw invalid("The token's `traits` must be an object.");
  }
  const traits: Record<string, TraitValue> = {};
  for (const [key, entry] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key)) throw invalid(`The token has a trait named \`${key}\`.`);
    traits[key] = parseTrait(key, entry, MAX_TRAIT_DEPTH);
  }
  return traits;
}

function parseTrait(key: string, value: unknown, depth: number): TraitValue {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    default:
      if (value === null) return null;
      if (!Array.isArray(value) || depth === 0) break;
      return value.map((item) => parseTrait(key, item, depth - 1));
  }
  throw invalid(
    `The token's trait \`${key}\` must be a text, a number, yes/no, or a list of these.`,
  );
}

function inWords(error: z.ZodError): string {
  const [issue] = error.issues;
  const claim = String(issue?.path[0] ?? "payload");
  return `The token's \`${claim}\` is not valid: ${issue?.message ?? "wrong shape"}.`;
}
