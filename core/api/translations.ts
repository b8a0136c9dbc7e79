import { z } from "zod";
import type { Translation } from "../broadcast";
import { LIMITS } from "../limits";
import { canonicalLocale, LOCALE_CHARS } from "../locale";
import { optionalText } from "./text";

/** Empty text is absent text: it falls back. A title of `null` means no title in that language. */
const translation = z.strictObject({
  title: optionalText("Translated title", LIMITS.titleChars).optional(),
  message: optionalText("Translated message", LIMITS.messageChars).optional(),
  actionLabel: optionalText("Translated action label", LIMITS.actionLabelChars).optional(),
});

/** Texts by locale ([BC10]); locales come out canonical, empty translations are left out. */
export const translationsSchema = z
  .record(z.string().max(LOCALE_CHARS), translation)
  .transform((texts, context) => {
    const translations = new Map<string, Translation>();
    for (const [key, text] of Object.entries(texts)) {
      const locale = canonicalLocale(key);
      if (locale === null || translations.has(locale)) {
        const problem = locale === null ? "is not a language tag such as fr-CA" : "is there twice";
        context.addIssue({ code: "custom", path: [key], message: `${key} ${problem}` });
        continue;
      }
      const said = saidIn(text);
      if (Object.keys(said).length > 0) translations.set(locale, said);
    }
    if (translations.size > LIMITS.translations) {
      context.addIssue(`At most ${LIMITS.translations} translations can be given`);
    }
    return Object.fromEntries(translations);
  });

function saidIn({ title, message, actionLabel }: z.output<typeof translation>): Translation {
  return {
    ...(title !== undefined && title !== "" && { title }),
    ...(message && { message }),
    ...(actionLabel && { actionLabel }),
  };
}
