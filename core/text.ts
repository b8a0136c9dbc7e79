/**
 * What counts as the same text, and how long it is: the same in client, server and database
 * ([BC1]). Nothing here depends on a locale.
 */

/** C0 and C1 controls and DEL, except line feed and tab. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const CONTROLS = new RegExp(CONTROL, "g");

/** With the `u` flag a surrogate class matches only those that are not part of a pair. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u;

/**
 * NFC, line ends as `\n`, no control characters but `\n` and `\t`, no white space around it.
 * Idempotent. Controls go before composing: one between a letter and its accent would keep them
 * apart. Lone surrogates stay, for `hasForbiddenCharacters` to refuse.
 */
export function normalizeText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(CONTROLS, "").normalize("NFC").trim();
}

/** Code points after `normalizeText`: what every limit on text counts. */
export function countChars(text: string): number {
  let count = 0;
  for (const _ of normalizeText(text)) count += 1;
  return count;
}

/**
 * Control characters other than `\n` and `\t`, or lone surrogates: neither has a meaning in text,
 * and PostgreSQL refuses NUL and what is not UTF-8.
 *
 * Bidirectional controls (U+202A–202E, U+2066–2069) are allowed: right-to-left authors need them
 * to embed names and numbers, their effect ends with the block that a banner is, and a link's
 * destination is never written with them (`safeUrl` percent-encodes).
 */
export function hasForbiddenCharacters(text: string): boolean {
  return CONTROL.test(text) || LONE_SURROGATE.test(text);
}

/** Nothing a reader could see: empty, white space, zero-width characters. */
export function isBlank(text: string): boolean {
  return !VISIBLE.test(text);
}
