import { z } from "zod";
import { madeUpViewer } from "@/core/api/dry-run";

/** Somebody to ask about, as the form has them. */
export interface WhyValues {
  subject: string;
  /** `plan=pro, seats=12`, or JSON: traits, or a whole token's claims. */
  traits: string;
}

const NOT_READ = "Write traits as plan=pro, seats=12, or paste them as JSON";
/** Stands in where only traits are known. */
const SOMEBODY = "somebody";

const object = z.record(z.string(), z.unknown());
/** What makes a pasted object a token's claims and not bare traits. */
const CLAIMS = ["sub", "traits", "roles", "locale"] as const;

/**
 * The viewer that the form describes, by the schema that the server validates with.
 * @returns the viewer, or what to say at a field
 */
export function viewerOf(
  values: WhyValues,
): { viewer: z.output<typeof madeUpViewer> } | { field: keyof WhyValues; message: string } {
  const claims = claimsOf(values.traits.trim());
  if (claims === null) return { field: "traits", message: NOT_READ };
  const subject = values.subject.trim() || claims.sub;
  if (!subject && Object.keys(claims).length === 0) {
    return { field: "subject", message: "Enter a user id, or somebody’s traits" };
  }
  const { sub, ...rest } = claims;
  const parsed = madeUpViewer.safeParse({ ...rest, subject: subject || SOMEBODY });
  if (parsed.success) return { viewer: parsed.data };
  const [issue] = parsed.error.issues;
  return issue?.path[0] === "subject"
    ? { field: "subject", message: issue.message }
    : { field: "traits", message: issue?.message ?? NOT_READ };
}

interface Claims {
  sub?: string;
  traits?: unknown;
  roles?: unknown;
  locale?: unknown;
}

function claimsOf(text: string): Claims | null {
  if (text === "") return {};
  if (!text.startsWith("{")) {
    const traits = pairsOf(text);
    return traits && { traits };
  }
  const pasted = object.safeParse(jsonOf(text));
  if (!pasted.success) return null;
  if (!CLAIMS.some((claim) => claim in pasted.data)) return { traits: pasted.data };
  const { sub, traits, roles, locale } = pasted.data;
  return {
    ...(typeof sub === "string" && { sub }),
    ...(traits !== undefined && { traits }),
    ...(roles !== undefined && { roles }),
    ...(locale !== undefined && { locale }),
  };
}

/** `plan=pro, seats=12`; null where it is not written so. */
function pairsOf(text: string): Record<string, string> | null {
  const pairs = text
    .split(/[,\n]/)
    .map((pair) => pair.trim())
    .filter(Boolean)
    .map((pair) => pair.split("=").map((part) => part.trim()));
  if (pairs.some((pair) => pair.length !== 2 || pair[0] === "")) return null;
  return Object.fromEntries(pairs.map(([trait = "", value = ""]) => [trait, value]));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
