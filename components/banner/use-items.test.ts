import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aBroadcast } from "@/client/testing/a-broadcast";
import { type Item, merge } from "./use-items";

const [a, b, c, d] = ["a", "b", "c", "d"].map((id) => aBroadcast({ id }));
const ALL = [a, b, c, d].flatMap((broadcast) => broadcast ?? []);

const staying = (...ids: string[]): Item[] =>
  ALL.filter(({ id }) => ids.includes(id)).map((broadcast) => ({ broadcast, leaving: false }));
const shown = (...ids: string[]) => ALL.filter(({ id }) => ids.includes(id));
const read = (items: readonly Item[]) =>
  items.map(({ broadcast, leaving }) => (leaving ? `-${broadcast.id}` : broadcast.id)).join(" ");

describe("what is on screen", () => {
  test.each([
    ["in the middle", ["a", "b", "c"], ["a", "c"], "a -b c"],
    ["first", ["a", "b", "c"], ["b", "c"], "-a b c"],
    ["last", ["a", "b"], ["a"], "a -b"],
    ["all", ["a", "b"], [], "-a -b"],
    ["for the next one", ["a"], ["b"], "-a b"],
  ])("[CLI5] keeps what leaves in its place: %s", (_, before, after, expected) => {
    expect(read(merge(staying(...before), shown(...after)))).toBe(expected);
  });

  test("takes back what returns while it leaves", () => {
    const leaving = merge(staying("a", "b"), shown("b"));
    expect(read(merge(leaving, shown("a", "b")))).toBe("a b");
  });

  test("shows all that should be shown, in order, and each once", () => {
    const some = fc.subarray(ALL);
    fc.assert(
      fc.property(fc.array(some, { minLength: 1 }), (steps) => {
        const items = steps.reduce<readonly Item[]>(merge, []);
        const present = items.filter(({ leaving }) => !leaving).map(({ broadcast }) => broadcast);
        expect(present).toEqual(steps.at(-1));
        expect(new Set(items.map(({ broadcast }) => broadcast.id)).size).toBe(items.length);
      }),
    );
  });
});
