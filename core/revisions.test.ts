import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aBroadcast } from "@/tests/support/broadcasts";
import { contentProblems } from "./content-rules";
import { type BroadcastContent, contentOf, differences, nextRevision } from "./revisions";

const before = aBroadcast({
  revision: 4,
  showFromRevision: 2,
  title: "Title",
  action: { label: "Open", url: "/open" },
  audience: { roles: ["admin"], percentage: 50 },
  translations: { fr: { title: "Titre", message: "Texte", actionLabel: "Ouvrir" } },
});

describe("nextRevision", () => {
  test.each<[string, Partial<BroadcastContent>, boolean]>([
    ["the message", { message: "Other" }, true],
    ["the title", { title: "Other" }, true],
    ["the title, to none", { title: null }, true],
    ["a translated message", { translations: { fr: { title: "Titre", message: "x" } } }, true],
    ["a translated title", { translations: { fr: { title: null, message: "Texte" } } }, true],
    [
      "a further language",
      { translations: { ...before.translations, de: { message: "x" } } },
      true,
    ],
    ["a language less", { translations: null }, true],
    ["dismissible", { dismissible: false, endsAt: 9 }, true],
    ["nothing", {}, false],
    ["the same again", contentOf(before), false],
    ["what is undefined", { message: undefined, title: undefined }, false],
    ["a translated label", { translations: { fr: { title: "Titre", message: "Texte" } } }, false],
    ["level", { level: "alert" }, false],
    ["action", { action: null }, false],
    ["priority", { priority: "critical" }, false],
    ["audience", { audience: null }, false],
    ["paths", { paths: ["/a"] }, false],
    ["times", { startsAt: 1, endsAt: 2 }, false],
  ])("[BC5] without a choice, an edit of %s", (_, edited, showAgain) => {
    expect(nextRevision(before, edited, undefined)).toEqual({
      revision: 5,
      showFromRevision: showAgain ? 5 : 2,
      showAgain,
    });
  });

  test("[BC5] a silent fix lets dismissals stand, whatever changed", () => {
    expect(nextRevision(before, { message: "Other" }, "silent")).toEqual({
      revision: 5,
      showFromRevision: 2,
      showAgain: false,
    });
  });

  test("[BC5] a reset is an edit of nothing that shows again", () => {
    expect(nextRevision(before, {}, "show-again")).toEqual({
      revision: 5,
      showFromRevision: 5,
      showAgain: true,
    });
  });
});

describe("differences", () => {
  test("[BC5] names each field with what it was and what it is", () => {
    const after = {
      ...contentOf(before),
      level: "alert" as const,
      action: null,
      translations: { fr: { title: "Titre", message: "Autre" }, de: { message: "Text" } },
    };
    expect(differences(before, after)).toEqual([
      { field: "level", before: "info", after: "alert" },
      { field: "action", before: { label: "Open", url: "/open" }, after: null },
      { field: "translations.de.message", before: undefined, after: "Text" },
      { field: "translations.fr.message", before: "Texte", after: "Autre" },
      { field: "translations.fr.actionLabel", before: "Ouvrir", after: undefined },
    ]);
  });

  test("[BC5] the order of keys is no difference, the order of rules is", () => {
    const reordered = { ...before, audience: { percentage: 50, roles: ["admin"] } };
    expect(differences(before, reordered)).toEqual([]);
    const rules = { ...before, paths: ["/a", "/b"] };
    expect(differences(rules, { ...rules, paths: ["/b", "/a"] })).toHaveLength(1);
  });

  test("[BC5] a key that is undefined is a key that is not there", () => {
    const more = { ...before, audience: { roles: ["admin"], percentage: 50, exclude: undefined } };
    expect(differences(before, more)).toEqual([]);
  });

  test("[BC5] a list is not an object with the same keys", () => {
    const odd = { ...before, audience: JSON.parse('{"roles":{"0":"admin"},"percentage":50}') };
    expect(differences(before, odd)).toHaveLength(1);
  });

  const values = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });

  test("[BC5] what is stored and read again does not differ", () => {
    fc.assert(
      fc.property(values, (value) => {
        const content = { ...before, audience: JSON.parse(JSON.stringify(value)) };
        const stored = JSON.parse(JSON.stringify(contentOf(content)));
        expect(differences(content, stored)).toEqual([]);
      }),
    );
  });
});

describe("contentProblems", () => {
  const content = contentOf(aBroadcast());

  test.each<[string, Partial<BroadcastContent>, string[]]>([
    ["nothing", {}, []],
    ["an end and no way to dismiss", { dismissible: false, endsAt: 5 }, []],
    [
      "neither an end nor a way to dismiss",
      { dismissible: false },
      ["A broadcast that cannot be dismissed needs an end"],
    ],
    ["an end after the start", { startsAt: 4, endsAt: 5 }, []],
    ["an end at the start", { startsAt: 5, endsAt: 5 }, ["The end must be after the start"]],
    ["an end before the start", { startsAt: 5, endsAt: 4 }, ["The end must be after the start"]],
  ])("[BC3] %s", (_, changes, messages) => {
    const problems = contentProblems({ ...content, ...changes });
    expect(problems.map(({ message }) => message)).toEqual(messages);
  });

  test("[BC11] more than 32 KB are refused, counted as UTF-8", () => {
    const include = Array.from({ length: 800 }, (_, index) => `${"ü".repeat(20)}${index}`);
    const [problem] = contentProblems({ ...content, audience: { include } });
    expect(problem?.message).toMatch(/^Broadcast is too large: \d+ bytes, the limit is 32768$/);
  });

  test("[BC11] only what an author wrote is counted", () => {
    const filler = "x".repeat(40_000);
    expect(contentProblems({ ...aBroadcast(), ...{ createdByName: filler } })).toEqual([]);
  });
});
