const names = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

/** `French`, `Brazilian Portuguese`; the tag itself where nobody named it. */
export function languageName(locale: string): string {
  try {
    return names.of(locale) ?? locale;
  } catch {
    return locale;
  }
}
