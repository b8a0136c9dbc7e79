import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  applicableLocale,
  canonicalLocale,
  dirOf,
  fallbackChain,
  localize,
  missingTranslations,
  pickLocale,
} from "./locale";

describe("canonicalLocale", () => {
  test.each([
    ["fr", "fr"],
    ["FR-ca", "fr-CA"],
    ["fr_CA", "fr-CA"],
    ["zh-hant-tw", "zh-Hant-TW"],
    ["iw", "he"],
    ["en-x-pirate", "en-x-pirate"],
    ["", null],
    ["*", null],
    ["c", null],
    ["fr-", null],
    ["français", null],
    ["__proto__", null],
    ["fr-CA\u0000", null],
    [`en-x-${"a".repeat(40)}`, null],
  ])("[BC10] %j is %j", (locale, canonical) => {
    expect(canonicalLocale(locale)).toBe(canonical);
  });
});

describe("fallbackChain", () => {
  test.each<[string | null, string[]]>([
    [null, []],
    ["nonsense!", []],
    ["fr", ["fr"]],
    ["fr-CA", ["fr-CA", "fr"]],
    ["fr_ca", ["fr-CA", "fr"]],
    ["zh-Hant-TW", ["zh-Hant-TW", "zh-Hant", "zh"]],
    ["de-u-co-phonebk", ["de-u-co-phonebk", "de-u-co", "de"]],
    ["en-x-pirate", ["en-x-pirate", "en"]],
  ])("[BC10] %j falls back through %j", (locale, chain) => {
    expect(fallbackChain(locale)).toEqual(chain);
  });
});

describe("dirOf", () => {
  test.each([
    [null, "ltr"],
    ["en", "ltr"],
    ["ar", "rtl"],
    ["ar-EG", "rtl"],
    ["he", "rtl"],
    ["iw", "rtl"],
    ["fa_IR", "rtl"],
    ["ur", "rtl"],
    ["ur-Latn", "ltr"],
    ["pa", "ltr"],
    ["pa-PK", "rtl"],
    ["ckb", "rtl"],
    ["yi", "rtl"],
    ["dv", "rtl"],
    ["az-Arab", "rtl"],
    ["ja", "ltr"],
    ["not a locale", "ltr"],
  ])("[BC10] %j is written %s", (locale, dir) => {
    expect(dirOf(locale)).toBe(dir);
  });
});

const broadcast = {
  title: "Title",
  message: "Message",
  action: { label: "Open", url: "/open" },
  translations: {
    fr: { title: "Titre", message: "Texte", actionLabel: "Ouvrir" },
    "fr-CA": { message: "Texte d'ici" },
    de: { title: null },
    "es-MX": { message: "Mensaje" },
  },
};

describe("localize", () => {
  test.each([
    [null, "Title", "Message", "Open", null],
    ["fr", "Titre", "Texte", "Ouvrir", "fr"],
    ["fr-FR", "Titre", "Texte", "Ouvrir", "fr"],
    ["fr-CA", "Titre", "Texte d'ici", "Ouvrir", "fr-CA"],
    ["FR_ca", "Titre", "Texte d'ici", "Ouvrir", "fr-CA"],
    ["de", null, "Message", "Open", null],
    ["es-MX", "Title", "Mensaje", "Open", "es-MX"],
    ["es", "Title", "Message", "Open", null],
    ["constructor", "Title", "Message", "Open", null],
    ["zz", "Title", "Message", "Open", null],
  ])("[BC10] to %j each field falls back on its own", (locale, title, message, label, used) => {
    expect(localize(broadcast, locale)).toEqual({
      title,
      message,
      action: { label, url: "/open" },
      locale: used,
    });
  });

  test("[BC10] without translations, and without an action, the text stands", () => {
    const plain = { ...broadcast, action: null, translations: null };
    expect(localize(plain, "fr")).toEqual({
      title: "Title",
      message: "Message",
      action: null,
      locale: null,
    });
  });

  test("[BC10] an empty translation falls back", () => {
    const empty = { ...broadcast, translations: { fr: { message: "", actionLabel: "" } } };
    expect(localize(empty, "fr")).toMatchObject({ message: "Message", locale: null });
    expect(localize(empty, "fr").action?.label).toBe("Open");
  });

  const tags = fc.constantFrom("fr", "fr-CA", "fr-CH", "de", "zh-Hant-TW", "zh-Hant", "zh", "en");
  const texts = fc.record(
    {
      title: fc.constantFrom("t1", "t2", null),
      message: fc.constantFrom("m1", "m2"),
      actionLabel: fc.constantFrom("a1", "a2"),
    },
    { requiredKeys: [] },
  );
  const translated = fc
    .dictionary(tags, texts)
    .map((translations) => ({ ...broadcast, translations }));

  test("[BC10] each field is that of the most specific translation that has it", () => {
    fc.assert(
      fc.property(translated, tags, (one, locale) => {
        const chain = fallbackChain(locale).map((tag) => one.translations[tag]);
        const titled = chain.find((text) => text?.title !== undefined);
        expect(localize(one, locale)).toMatchObject({
          title: titled ? titled.title : one.title,
          message: chain.find((text) => text?.message)?.message ?? one.message,
          action: { label: chain.find((text) => text?.actionLabel)?.actionLabel ?? "Open" },
        });
      }),
    );
  });

  test("[BC10] the same applicable locale reads the same in every field", () => {
    fc.assert(
      fc.property(translated, tags, tags, (one, a, b) => {
        if (applicableLocale(one.translations, a) !== applicableLocale(one.translations, b)) return;
        expect(localize(one, a)).toEqual(localize(one, b));
      }),
    );
  });

  test("[BC10] any string may be asked for", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (locale) => {
        expect(typeof localize(broadcast, locale).message).toBe("string");
        expect(["ltr", "rtl"]).toContain(dirOf(locale));
      }),
    );
  });
});

describe("missingTranslations", () => {
  test("[BC10] says what readers would get in the default language", () => {
    expect(missingTranslations(broadcast, ["fr", "fr-CA", "de", "es", "es-MX"])).toEqual([
      { locale: "de", fields: ["message", "actionLabel"] },
      { locale: "es", fields: ["title", "message", "actionLabel"] },
      { locale: "es-MX", fields: ["title", "actionLabel"] },
    ]);
  });

  test("[BC10] what the default has not is not missing", () => {
    const plain = { ...broadcast, title: null, action: null };
    expect(missingTranslations(plain, ["es-MX", "it"])).toEqual([
      { locale: "it", fields: ["message"] },
    ]);
  });
});

describe("pickLocale", () => {
  test.each([
    [undefined, null],
    [null, null],
    ["", null],
    ["fr-ca", "fr-CA"],
    ["en,fr", "en"],
    ["de;q=0", null],
    ["de;q=x", null],
    ["fr-CA,fr;q=0.9,en;q=0.8", "fr-CA"],
    ["en;q=0.5, fr;q=0.9", "fr"],
    ["de;q=0, en;q=0.1", "en"],
    ["*, de;q=0.3", "de"],
    ["nonsense!, en", "en"],
    ["en; Q=0.2 , fr", "fr"],
    ["en;q=x, de;q=0.1", "de"],
    [",,;q=1,", null],
  ])("[BC10] of %j it is %j", (header, locale) => {
    expect(pickLocale(header)).toBe(locale);
  });

  test("[SEC6] any header has an outcome", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (header) => {
        const locale = pickLocale(header);
        if (locale !== null) expect(canonicalLocale(locale)).toBe(locale);
      }),
    );
  });
});
