import { z } from "zod";
import { LIMITS } from "../limits";
import { canonicalLocale } from "../locale";
import { canonicalOriginPattern } from "../origin";

const originPattern = z
  .string()
  .trim()
  .max(300)
  .refine((text) => canonicalOriginPattern(text) !== null, {
    error: "Must be an origin such as https://app.example.com or https://*.example.com",
  })
  .overwrite((text) => canonicalOriginPattern(text) ?? text);

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/** The longest that a workspace can have its inboxes look back ([PUB8]). */
export const MAX_RETENTION_DAYS = 90;

/**
 * What a workspace's people can set (SPEC §§ 1, 2, 8, 13). Stored as JSON; absent keys take
 * these defaults, so a new setting needs no migration.
 */
export const workspaceSettings = z.object({
  /** Origins whose pages may connect: exact (`https://app.example.com`) or `https://*.example.com`. */
  allowedOrigins: z.array(originPattern).max(100).default([]),
  /** Visitors without an account of the host product may connect. */
  anonymousAllowed: z.boolean().default(true),
  /** IANA name: what "today" means in figures. */
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, { error: "Must be an IANA time zone such as Europe/Paris" })
    .default("UTC"),
  /** Banners on screen at once, 1–3 ([BC7]). */
  stackSize: z.number().int().min(1).max(3).default(1),
  /** Days that an inbox looks back ([PUB8]). */
  retentionDays: z
    .number()
    .int()
    .min(1)
    .max(MAX_RETENTION_DAYS)
    .default(LIMITS.defaultRetentionDays),
  /** `/embed.js` and the recipients' sockets obey this at once ([CLI7]). */
  embedEnabled: z.boolean().default(true),
  /** Locale of a broadcast's own text. */
  defaultLocale: z
    .string()
    .refine((text) => canonicalLocale(text) !== null, {
      error: "Must be a language tag such as en or fr-CA",
    })
    .overwrite((text) => canonicalLocale(text) ?? text)
    .default("en"),
  /** Where the host product publishes its public keys; null = HS256 secrets. */
  jwksUrl: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null),
});

export type WorkspaceSettings = z.output<typeof workspaceSettings>;
