import type { Action, Broadcast, Translation } from "./broadcast";

/** Longest BCP 47 tag that is taken seriously (RFC 5646 § 4.4.1). */
export const LOCALE_CHARS = 35;
const ACCEPT_LANGUAGE_CHARS = 1000;

const RTL_SCRIPTS = new Set(
  "Adlm Arab Aran Hebr Mand Mend Nkoo Rohg Samr Syrc Thaa Yezi".split(" "),
);

/** `FR_ca` → `fr-CA`; null for what is not a BCP 47 language tag. */
export function canonicalLocale(locale: string): string | null {
  // Asked on every connect, mostly with nothing: what Intl throws is dear.
  if (locale.length === 0 || locale.length > LOCALE_CHARS) return null;
  try {
    return Intl.getCanonicalLocales(locale.replaceAll("_", "-"))[0] ?? null;
  } catch {
    return null;
  }
}

/**
 * The locale and its ever more general forms, canonical: `fr-CA` → `["fr-CA", "fr"]`; empty for
 * none or an invalid one. RFC 4647 § 3.4: a single-letter subtag goes with what follows it.
 */
export function fallbackChain(locale: string | null): string[] {
  const canonical = locale === null ? null : canonicalLocale(locale);
  if (canonical === null) return [];
  const chain: string[] = [];
  for (let parts = canonical.split("-"); parts.length > 0; parts = parts.slice(0, -1)) {
    if (parts.length === 1 || (parts.at(-1) ?? "").length > 1) chain.push(parts.join("-"));
  }
  return chain;
}

/** Writing direction by the locale's script, given (`ur-Latn`) or likely (`pa-PK`). */
export function dirOf(locale: string | null): "ltr" | "rtl" {
  const canonical = locale === null ? null : canonicalLocale(locale);
  if (canonical === null) return "ltr";
  const script = new Intl.Locale(canonical).maximize().script;
  return script !== undefined && RTL_SCRIPTS.has(script) ? "rtl" : "ltr";
}

export type Localizable = Pick<Broadcast, "title" | "message" | "action" | "translations">;

export interface Localized {
  title: string | null;
  message: string;
  action: Action | null;
  /** Of the translation whose message was used; null = the broadcast's own text. */
  locale: string | null;
}

/**
 * What a broadcast says in a locale ([BC10]). Each field falls back on its own: `fr-CA → fr →
 * default`. A translated title of `null` means: no title in this language.
 */
export function localize(broadcast: Localizable, locale: string | null): Localized {
  const { action } = broadcast;
  const found = translationsFor(broadcast.translations, locale);
  const message = found.find(([, text]) => text.message);
  const title = found.find(([, text]) => text.title !== undefined)?.[1].title;
  const label = found.find(([, text]) => text.actionLabel)?.[1].actionLabel;
  return {
    title: title === undefined ? broadcast.title : title,
    message: message?.[1].message ?? broadcast.message,
    action: action && label ? { label, url: action.url } : action,
    locale: message?.[0] ?? null,
  };
}

/**
 * The most specific locale that a broadcast has a translation for: readers for whom it is the
 * same read the same in every field. Null = they read the broadcast's own text.
 */
export function applicableLocale(
  translations: Broadcast["translations"],
  locale: string | null,
): string | null {
  return translationsFor(translations, locale)[0]?.[0] ?? null;
}

/** Those that apply, most specific first. The keys are canonical: core/api/ writes them so. */
function translationsFor(
  translations: Broadcast["translations"],
  locale: string | null,
): [string, Translation][] {
  if (translations === null) return [];
  return fallbackChain(locale).flatMap((tag): [string, Translation][] => {
    const text = Object.hasOwn(translations, tag) ? translations[tag] : undefined;
    return text ? [[tag, text]] : [];
  });
}

export interface MissingTranslation {
  locale: string;
  fields: ("title" | "message" | "actionLabel")[];
}

/**
 * What the composer shows as missing ([BC10]): the locales in which a reader would get a field
 * in the default language, and which. `fr-CA` is not missing what `fr` has.
 */
export function missingTranslations(
  broadcast: Localizable,
  locales: readonly string[],
): MissingTranslation[] {
  return locales
    .map((locale) => ({ locale, fields: missingFields(broadcast, locale) }))
    .filter(({ fields }) => fields.length > 0);
}

function missingFields(broadcast: Localizable, locale: string): MissingTranslation["fields"] {
  const found = translationsFor(broadcast.translations, locale).map(([, text]) => text);
  const fields: MissingTranslation["fields"] = [];
  if (broadcast.title && !found.some((text) => text.title !== undefined)) fields.push("title");
  if (!found.some((text) => text.message)) fields.push("message");
  if (broadcast.action && !found.some((text) => text.actionLabel)) fields.push("actionLabel");
  return fields;
}

/**
 * The locale a reader wants most: of an `Accept-Language` header (by weight, then order) or of a
 * plain locale. Canonical; null when nothing valid is asked for.
 */
export function pickLocale(wanted: string | null | undefined): string | null {
  let best: string | null = null;
  let bestWeight = 0;
  for (const range of (wanted ?? "").slice(0, ACCEPT_LANGUAGE_CHARS).split(",")) {
    const [tag = "", ...parameters] = range.split(";").map((part) => part.trim());
    const weight = weightOf(parameters);
    if (!(weight > bestWeight)) continue;
    const locale = canonicalLocale(tag);
    if (locale === null) continue;
    best = locale;
    bestWeight = weight;
  }
  return best;
}

function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.toLowerCase().startsWith("q="));
  return q === undefined ? 1 : Number.parseFloat(q.slice(2));
}
