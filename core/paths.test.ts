import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPathRule, pathMatches } from "./paths";

describe("pathMatches", () => {
  test.each<[string, string[] | null, string, boolean]>([
    ["no rules are every page", null, "/any", true],
    ["an empty list is every page", [], "/any", true],
    ["an exact path is that page", ["/pricing"], "/pricing", true],
    ["an exact path is no page below it", ["/pricing"], "/pricing/teams", false],
    ["an exact path is not the same with a slash", ["/pricing"], "/pricing/", false],
    ["the root is only the root", ["/"], "/a", false],
    ["a star is everything that begins so", ["/docs/*"], "/docs/a/b", true],
    ["a star may stand for nothing", ["/docs/*"], "/docs/", true],
    ["a star does not reach above its path", ["/docs/*"], "/docs", false],
    ["a star may continue a word", ["/docs*"], "/docsearch", true],
    ["a star on the root is every page", ["/*"], "/", true],
    ["one of several is enough", ["/a", "/b"], "/b", true],
    ["none of several is not", ["/a", "/b"], "/c", false],
    ["an exclusion wins over a star", ["/docs/*", "!/docs/internal"], "/docs/internal", false],
    ["an exclusion wins whatever the order", ["!/docs/*", "/docs/a"], "/docs/a", false],
    ["only exclusions leave all other pages", ["!/admin/*"], "/home", true],
    ["only exclusions take their pages out", ["!/admin/*"], "/admin/users", false],
    ["letters' case counts", ["/Docs"], "/docs", false],
    ["a query is not a part of the path", ["/a"], "/a?b=/c", true],
    ["a fragment is not a part of the path", ["/a"], "/a#/b", true],
    ["a fragment that is a route is not either", ["!/a"], "/a#!/b\n/c", false],
    ["an encoded path is what was written", ["/für/*"], "/f%C3%BCr/alle", true],
    ["an encoded rule is what is visited", ["/f%C3%BCr"], "/für", true],
    ["an encoded slash is no slash", ["/a/b"], "/a%2Fb", false],
    ["an encoding that is broken is itself", ["/*"], "/%E0%A4%A", true],
    ["a dot is a dot", ["/a.b"], "/axb", false],
    ["a star in the middle is not known: no page", ["/a/*/b"], "/a/x/b", false],
    ["a rule that is not known hides the others' pages too", ["/a", "^/b"], "/a", false],
    ["an exclusion that is not known hides everything", ["!b"], "/a", false],
  ])("[AUD3] %s", (_, rules, path, expected) => {
    expect(pathMatches(rules, path)).toBe(expected);
  });

  const segments = fc.constantFrom("a", "b", "docs", "für");
  const paths = fc.array(segments, { maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
  const stars = fc.tuple(paths, fc.constantFrom("", "*", "/*")).map((parts) => parts.join(""));
  const plain = stars.filter(isPathRule);
  const rules = fc.array(
    fc.tuple(fc.constantFrom("", "!"), plain).map((parts) => parts.join("")),
    { maxLength: 5 },
  );

  test("[AUD3] adding an exclusion never adds a page", () => {
    fc.assert(
      fc.property(rules, plain, paths, (list, rule, path) => {
        if (pathMatches([...list, `!${rule}`], path)) expect(pathMatches(list, path)).toBe(true);
      }),
    );
  });

  test("[AUD3] adding a rule to rules never takes a page away", () => {
    fc.assert(
      fc.property(rules, plain, plain, paths, (list, first, rule, path) => {
        const before = pathMatches([...list, first], path);
        if (before) expect(pathMatches([...list, first, rule], path)).toBe(true);
      }),
    );
  });

  test("[AUD3] the order of rules does not matter", () => {
    fc.assert(
      fc.property(rules, paths, (list, path) => {
        expect(pathMatches(list.toReversed(), path)).toBe(pathMatches(list, path));
      }),
    );
  });

  test("[SEC6] any rules and any path have an outcome", () => {
    const any = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(fc.array(any), any, (list, path) => {
        expect(typeof pathMatches(list, path)).toBe("boolean");
      }),
    );
  });
});

describe("isPathRule", () => {
  test.each([
    ["/", true],
    ["/a/b", true],
    ["/a*", true],
    ["!/a/*", true],
    ["", false],
    ["a", false],
    ["*", false],
    ["!", false],
    ["!!/a", false],
    ["/a b", false],
    ["/a**", false],
    ["/a?b", false],
    ["/a#b", false],
    ["https://a.test/b", false],
  ])("[AUD3] %j is a rule: %s", (rule, expected) => {
    expect(isPathRule(rule)).toBe(expected);
  });
});
