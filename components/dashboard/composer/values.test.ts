import { describe, expect, test } from "vitest";
import { checkComposer, composerResolver } from "./validation";
import { type ComposerValues, emptyValues, inputOf, inZone } from "./values";

const written = (changes: Partial<ComposerValues>): ComposerValues => ({
  ...emptyValues("Europe/Berlin"),
  message: "Maintenance at 22:00",
  ...changes,
});

describe("what the composer sends", () => {
  test("times are read on the named zone's clock and sent in UTC", () => {
    const input = inputOf(written({ startsAt: "2026-11-21T22:00" }));
    expect(input.startsAt).toBe("2026-11-21T21:00:00.000Z");
    expect(input.endsAt).toBeNull();
  });

  test("another zone shows the same instants", () => {
    const values = written({ startsAt: "2026-11-21T22:00", endsAt: "2026-11-22T00:00" });
    const moved = { ...values, ...inZone(values, "Asia/Tokyo") };
    expect(moved.startsAt).toBe("2026-11-22T06:00");
    expect(inputOf(moved)).toEqual(inputOf(values));
  });

  test("emptied fields are sent as nothing, so that the server empties them", () => {
    const input = inputOf(written({ title: "  ", paths: "\n \n" }));
    expect(input).toMatchObject({ title: null, paths: null, audience: null, action: null });
  });

  test("page rules are lines", () => {
    expect(inputOf(written({ paths: "/pricing\n !/docs/* \n" })).paths).toEqual([
      "/pricing",
      "!/docs/*",
    ]);
  });
});

describe("errors stand at their fields", () => {
  test("[BC3] what cannot be dismissed needs an end", () => {
    const { issues } = checkComposer(written({ dismissible: false }));
    expect(issues.map(({ field }) => field)).toEqual(["endsAt"]);
  });

  test("[BC4] a link of another kind is refused at the link", () => {
    const { issues } = checkComposer(
      written({ hasAction: true, actionLabel: "Go", actionUrl: "javascript:alert(1)" }),
    );
    expect(issues.map(({ field }) => field)).toEqual(["actionUrl"]);
  });

  test("[BC10] a translation that is too long is said at that translation", async () => {
    const values = written({
      translations: [
        { locale: "de", title: "", message: "Wartung", actionLabel: "" },
        { locale: "fr", title: "", message: "é".repeat(281), actionLabel: "" },
      ],
    });
    const { errors } = await composerResolver(values, undefined, {
      fields: {},
      shouldUseNativeValidation: false,
    });
    expect(errors).toMatchObject({ translations: { 1: { message: { type: "invalid" } } } });
  });

  test("[BC1] 280 code points pass and 281 do not, also outside the basic plane", () => {
    expect(checkComposer(written({ message: "😀".repeat(280) })).issues).toEqual([]);
    expect(checkComposer(written({ message: "😀".repeat(281) })).issues).toHaveLength(1);
  });
});
