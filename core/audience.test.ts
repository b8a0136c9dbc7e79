import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { audiences, viewers } from "@/tests/support/arbitraries";
import { aViewer } from "@/tests/support/broadcasts";
import { bucketOf, dependsOnRecipient, explain, matches, type Viewer } from "./audience";

const BROADCAST = "5b0e7a52-6f1c-4a3e-9d7b-0c5a4f1e2d30";

const user = aViewer();
const anonymous = aViewer({ kind: "anonymous", subject: "a1", recipient: "anon:a1" });
const team = aViewer({ kind: "team", subject: "t1", recipient: "team:t1", roles: ["author"] });
const pro = aViewer({ traits: { plan: "pro", seats: 12, groups: ["beta", 7], trial: false } });
const french = aViewer({ locale: "fr_ca" });
const admin = aViewer({ roles: ["admin", "editor"] });

const trait = (name: string, op: string, value?: unknown) => ({
  traits: [{ trait: name, op, ...(value !== undefined && { value }) }],
});

describe("matches", () => {
  test.each<[string, unknown, Viewer, boolean]>([
    ["no audience is everyone, signed in", null, user, true],
    ["no audience is everyone, anonymous", undefined, anonymous, true],
    ["no conditions is everyone", {}, anonymous, true],

    ["signed in: a user is", { signedIn: "signed-in" }, user, true],
    ["signed in: the team is", { signedIn: "signed-in" }, team, true],
    ["signed in: a visitor is not", { signedIn: "signed-in" }, anonymous, false],
    ["anonymous: a visitor is", { signedIn: "anonymous" }, anonymous, true],
    ["anonymous: a user is not", { signedIn: "anonymous" }, user, false],
    ["team only: the team", { teamOnly: true }, team, true],
    ["team only: no user", { teamOnly: true }, user, false],
    ["not team only is everyone", { teamOnly: false }, anonymous, true],

    ["role: one of them", { roles: ["editor", "x"] }, admin, true],
    ["role: none of them", { roles: ["x"] }, admin, false],
    ["role: the team's too", { roles: ["author"] }, team, true],
    ["role: case counts", { roles: ["Admin"] }, admin, false],
    ["role: of an empty list nobody has one", { roles: [] }, admin, false],

    ["locale: the same", { locales: ["fr-CA"] }, french, true],
    ["locale: a more general one", { locales: ["FR"] }, french, true],
    ["locale: not a more specific one", { locales: ["fr-CA"] }, aViewer({ locale: "fr" }), false],
    ["locale: another", { locales: ["de"] }, french, false],
    ["locale: one that is not known", { locales: ["fr"] }, user, false],

    ["is", trait("plan", "is", "pro"), pro, true],
    ["is: another", trait("plan", "is", "free"), pro, false],
    ["is: absent", trait("plan", "is", "pro"), user, false],
    ["is: a number written as text", trait("seats", "is", "12"), pro, true],
    ["is: false is a value", trait("trial", "is", false), pro, true],
    ["is: a list is not one of its items", trait("groups", "is", "beta"), pro, false],
    ["is not", trait("plan", "is_not", "free"), pro, true],
    ["is not: the same", trait("plan", "is_not", "pro"), pro, false],
    ["is not: absent", trait("plan", "is_not", "pro"), user, true],
    ["one of", trait("plan", "one_of", ["free", "pro"]), pro, true],
    ["one of: none", trait("plan", "one_of", ["free"]), pro, false],
    ["one of: an empty list", trait("plan", "one_of", []), pro, false],
    ["contains: an item", trait("groups", "contains", "beta"), pro, true],
    ["contains: a number", trait("groups", "contains", 7), pro, true],
    ["contains: a part of an item is none", trait("groups", "contains", "bet"), pro, false],
    ["contains: a part of a text", trait("plan", "contains", "pr"), pro, true],
    ["contains: a number has no parts", trait("seats", "contains", "1"), pro, false],
    ["exists", trait("trial", "exists"), pro, true],
    ["exists: absent", trait("plan", "exists"), user, false],
    ["exists: null", trait("plan", "exists"), aViewer({ traits: { plan: null } }), false],
    ["at least", trait("seats", "gte", 12), pro, true],
    ["at least: less", trait("seats", "gte", 13), pro, false],
    ["at least: numbers written as text", trait("seats", "gte", "9"), pro, true],
    ["at most", trait("seats", "lte", 12), pro, true],
    ["at most: more", trait("seats", "lte", 11.5), pro, false],
    ["at most: absent", trait("seats", "lte", 99), user, false],
    ["at least: text has no size", trait("plan", "gte", 0), pro, false],
    [
      "at least: dates",
      trait("since", "gte", "2026-01-01"),
      aViewer({ traits: { since: "2026-03-01T09:00:00Z" } }),
      true,
    ],
    [
      "at least: a date is no number",
      trait("since", "gte", "2026-01-01"),
      aViewer({ traits: { since: 4_102_444_800_000 } }),
      false,
    ],
    ["a trait of every object is not there", trait("constructor", "exists"), user, false],
    ["a prototype is not there", trait("__proto__", "exists"), user, false],
    ["nor is it what it is not", trait("toString", "is_not", "x"), user, true],

    ["only: its recipient", { only: "team:t1" }, team, true],
    ["only: nobody else", { only: "team:t1" }, user, false],
    ["only: goes by recipient, not by sub", { only: "u1" }, user, false],

    ["0 % is nobody", { percentage: 0 }, user, false],
    ["100 % is everybody", { percentage: 100 }, user, true],

    ["conditions are joined by and", { roles: ["admin"], signedIn: "anonymous" }, admin, false],
    ["excluded by name", { exclude: ["u1"] }, user, false],
    ["others are not excluded", { exclude: ["u2"] }, user, true],
    ["excluded in spite of conditions", { roles: ["admin"], exclude: ["u1"] }, admin, false],
    ["excluded in spite of inclusion", { include: ["u1"], exclude: ["u1"] }, user, false],
    ["included in spite of conditions", { roles: ["x"], include: ["u1"] }, user, true],
    ["included in spite of 0 %", { percentage: 0, include: ["u1"] }, user, true],
    ["conditions hold for who is not included", { roles: ["x"], include: ["u2"] }, user, false],
    ["inclusion alone is only those: in", { include: ["u1"] }, user, true],
    ["inclusion alone is only those: out", { include: ["u2"] }, user, false],
    ["an exclusion is no condition", { include: ["u2"], exclude: ["u3"] }, user, false],
    ["what asks nothing is no condition", { include: ["u2"], teamOnly: false }, user, false],
    ["an empty inclusion is nobody", { include: [] }, user, false],
    ["inclusion goes by sub, not by recipient", { include: ["user:u1"] }, user, false],
  ])("[AUD1] %s", (_, audience, viewer, expected) => {
    expect(matches(audience, viewer, BROADCAST)).toBe(expected);
    expect(explain(audience, viewer, BROADCAST).matches).toBe(expected);
  });
});

describe("what this version does not understand", () => {
  const everyone = { recipient: "user:u1", roles: ["admin"], traits: { plan: "pro" } };
  const viewer = aViewer({ ...everyone, locale: "fr" });

  test.each<[string, unknown]>([
    ["an unknown rule", { weather: "rain" }],
    ["an unknown rule beside one that matches", { roles: ["admin"], weather: "rain" }],
    ["an unknown rule beside an inclusion", { include: ["u1"], weather: "rain" }],
    ["a prototype's name", JSON.parse('{"__proto__":{"include":["u1"]}}')],
    ["a method's name", { constructor: [] }],
    ["a text", "everyone"],
    ["a list", []],
    ["a number", 1],
    ["true", true],
    ["another sign-in state", { signedIn: "both" }],
    ["a team rule that is no boolean", { teamOnly: "yes" }],
    ["roles that are no list", { roles: "admin" }],
    ["roles that are no texts", { roles: ["admin", 1] }],
    ["locales that are none", { locales: ["fr", "not a locale"] }],
    ["a null rule", { roles: null }],
    ["an inclusion that is no list", { include: { u1: true } }],
    ["an exclusion that is no list", { exclude: "u2" }],
    ["a recipient that is no text", { only: ["user:u1"] }],
    ["a percentage that is text", { percentage: "50" }],
    ["a percentage above 100", { percentage: 101 }],
    ["a negative percentage", { percentage: -1 }],
    ["a percentage that is no number", { percentage: Number.NaN }],
    ["traits that are no list", { traits: { plan: "pro" } }],
    ["a condition that is no object", { traits: ["plan"] }],
    ["an unknown operator", trait("plan", "matches", "p.*")],
    ["an operator of every object", trait("plan", "constructor", "pro")],
    ["a condition without a trait", { traits: [{ op: "exists" }] }],
    ["a condition without a value", trait("plan", "is")],
    ["a condition with something more", { traits: [{ trait: "plan", op: "exists", not: true }] }],
    ["a value where there is none", trait("plan", "exists", true)],
    ["a list where a value is", trait("plan", "is", ["pro"])],
    ["a value where a list is", trait("plan", "one_of", "pro")],
    ["an object as a value", trait("plan", "is", {})],
    ["a size that is none", trait("seats", "gte", "many")],
    ["a date that is none", trait("since", "gte", "2026-99-99")],
  ])("[DEG9] matches nobody and is said: %s", (_, audience) => {
    const { matches: result, reasons } = explain(audience, viewer, BROADCAST);
    expect(result).toBe(false);
    expect(matches(audience, viewer, BROADCAST)).toBe(false);
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toMatch(/^Nobody sees it: /);
  });

  test("[DEG9] anything at all has an outcome", () => {
    fc.assert(
      fc.property(fc.anything(), viewers, (audience, someone) => {
        const result = matches(audience, someone, BROADCAST);
        expect(explain(audience, someone, BROADCAST).matches).toBe(result);
        expect(typeof dependsOnRecipient(audience)).toBe("boolean");
      }),
    );
  });

  test("[DEG9] one rule that is not known leaves nobody, whatever the others say", () => {
    const names = fc.string({ minLength: 1 }).filter((name) => !(name in KNOWN));
    fc.assert(
      fc.property(audiences, names, fc.jsonValue(), viewers, (audience, name, value, someone) => {
        const newer = JSON.parse(JSON.stringify({ ...audience, [name]: value }));
        if (!Object.hasOwn(newer, name)) return;
        expect(matches(newer, someone, BROADCAST)).toBe(false);
      }),
    );
  });

  const KNOWN: Record<string, true> = Object.assign(Object.create(null), {
    signedIn: true,
    teamOnly: true,
    roles: true,
    traits: true,
    include: true,
    exclude: true,
    locales: true,
    percentage: true,
    only: true,
  });
});

describe("for any audience and viewer", () => {
  test("[AUD1] an exclusion wins over everything", () => {
    fc.assert(
      fc.property(audiences, viewers, (audience, viewer) => {
        const excluded = { ...audience, exclude: [viewer.subject] };
        expect(matches(excluded, viewer, BROADCAST)).toBe(false);
      }),
    );
  });

  test("[AUD1] an inclusion wins over all conditions", () => {
    fc.assert(
      fc.property(audiences, viewers, (audience, viewer) => {
        const included = { ...audience, exclude: [], include: [viewer.subject] };
        expect(matches(included, viewer, BROADCAST)).toBe(true);
      }),
    );
  });

  test("[AUD1] a further condition never adds anyone who is not included by name", () => {
    fc.assert(
      fc.property(audiences, viewers, ({ include: _, ...audience }, viewer) => {
        if (!matches({ ...audience, percentage: 50 }, viewer, BROADCAST)) return;
        const { percentage: _percentage, ...without } = audience;
        expect(matches(without, viewer, BROADCAST)).toBe(true);
      }),
    );
  });

  test("[AUD1] several conditions match exactly who each of them matches", () => {
    fc.assert(
      fc.property(audiences, viewers, ({ include: _i, exclude: _e, ...audience }, viewer) => {
        const each = Object.entries(audience).map(([rule, value]) => ({ [rule]: value }));
        expect(matches(audience, viewer, BROADCAST)).toBe(
          each.every((one) => matches(one, viewer, BROADCAST)),
        );
      }),
    );
  });

  test("[AUD2] the outcome survives being stored as JSON", () => {
    fc.assert(
      fc.property(audiences, viewers, (audience, viewer) => {
        const stored: unknown = JSON.parse(JSON.stringify(audience));
        expect(matches(stored, viewer, BROADCAST)).toBe(matches(audience, viewer, BROADCAST));
      }),
    );
  });

  test("[AUD4] there is a reason, and it agrees with the outcome", () => {
    fc.assert(
      fc.property(audiences, viewers, (audience, viewer) => {
        const { matches: result, reasons } = explain(audience, viewer, BROADCAST);
        expect(reasons.length).toBeGreaterThan(0);
        if (result) expect(reasons.join()).not.toMatch(/Not fulfilled|never/);
        else expect(reasons.join()).toMatch(/Not fulfilled|never|not on the list/);
      }),
    );
  });

  test("[AUD1] where it does not depend on the recipient, all of a kind are alike", () => {
    fc.assert(
      fc.property(audiences, viewers, fc.uuid(), (audience, viewer, subject) => {
        if (dependsOnRecipient(audience)) return;
        const other = { ...viewer, subject, recipient: `${viewer.kind}:${subject}` };
        expect(matches(audience, other, BROADCAST)).toBe(matches(audience, viewer, BROADCAST));
      }),
    );
  });
});

describe("dependsOnRecipient", () => {
  test.each<[unknown, boolean]>([
    [null, false],
    [undefined, false],
    [{}, false],
    [{ signedIn: "signed-in", teamOnly: true, roles: ["a"], locales: ["fr"] }, false],
    [trait("plan", "is", "pro"), false],
    [{ percentage: 50 }, true],
    [{ include: ["u1"] }, true],
    [{ exclude: ["u1"] }, true],
    [{ only: "team:t1" }, true],
    [{ weather: 1, percentage: 50 }, false],
    ["nonsense", false],
  ])("[AUD1] %j: %s", (audience, expected) => {
    expect(dependsOnRecipient(audience)).toBe(expected);
  });
});

describe("explain", () => {
  test.each<[string, unknown, Viewer, string[]]>([
    ["no audience", null, user, ["Everyone sees it: its audience has no conditions."]],
    [
      "every condition, with what is so of the viewer",
      {
        signedIn: "signed-in",
        roles: ["admin"],
        locales: ["fr"],
        ...trait("plan", "one_of", ["pro", "team"]),
      },
      aViewer({ traits: { plan: "free" } }),
      [
        "Fulfilled: only signed-in people (this viewer is signed in).",
        "Not fulfilled: role is one of admin (this viewer has no role).",
        "Not fulfilled: locale is one of fr (this viewer's locale is not known).",
        "Not fulfilled: plan is one of pro, team (this viewer's plan is free).",
      ],
    ],
    [
      "a trait that is not there",
      trait("seats", "gte", 5),
      user,
      ["Not fulfilled: seats is at least 5 (this viewer has no trait seats)."],
    ],
    [
      "a trait that only has to be there",
      trait("seats", "exists"),
      pro,
      ["Fulfilled: seats is known (this viewer's seats is 12)."],
    ],
    [
      "an exclusion",
      { exclude: ["u1"], roles: ["x"] },
      user,
      ["This viewer is on the list of those who never see it."],
    ],
    [
      "an inclusion",
      { include: ["u1"], roles: ["x"] },
      user,
      ["This viewer is on the list of those who always see it."],
    ],
    [
      "an inclusion of others",
      { include: ["u2"] },
      user,
      ["Only listed people see it, and this viewer is not on the list."],
    ],
    [
      "rules that are not known, each",
      { weather: "rain", percentage: "half", roles: ["x"] },
      user,
      [
        "Nobody sees it: the rule “weather” is not known to this version.",
        "Nobody sees it: the value of the rule “percentage” is not understood by this version.",
      ],
    ],
  ])("[AUD4] says %s", (_, audience, viewer, reasons) => {
    expect(explain(audience, viewer, BROADCAST).reasons).toEqual(reasons);
  });

  test("[AUD4] says where a viewer stands in a percentage", () => {
    const place = bucketOf(BROADCAST, user.recipient);
    expect(explain({ percentage: 100 }, user, BROADCAST).reasons).toEqual([
      `Fulfilled: 100 % of recipients (this viewer's place for this broadcast is ${place}).`,
    ]);
  });
});

describe("bucketOf", () => {
  const recipients = Array.from({ length: 20_000 }, (_, index) => `user:${index}`);

  test.each([
    ["b1", "user:1", 74.04],
    [BROADCAST, "user:u1", 53.31],
    [BROADCAST, "user:ü😀", 49.39],
  ])("[AUD1] is the same in every version: %s, %s", (broadcast, recipient, bucket) => {
    expect(bucketOf(broadcast, recipient)).toBe(bucket);
  });

  test("[AUD1] is a multiple of 0.01 from 0 to 99.99", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (broadcast, recipient) => {
        const bucket = bucketOf(broadcast, recipient);
        expect(bucket).toBeGreaterThanOrEqual(0);
        expect(bucket).toBeLessThan(100);
        expect(Number(bucket.toFixed(2))).toBe(bucket);
      }),
    );
  });

  /** 20,000 over 100 cells: chi-squared of 99 degrees is above 160 once in 10,000 times. */
  test.each(["b1", "b2", BROADCAST])("[AUD1] spreads recipients evenly for %s", (broadcast) => {
    const cells = new Array<number>(100).fill(0);
    for (const recipient of recipients) {
      const cell = Math.floor(bucketOf(broadcast, recipient));
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const expected = recipients.length / cells.length;
    const chiSquared = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(160);
  });

  test("[AUD1] is independent between broadcasts", () => {
    const both = recipients.filter(
      (recipient) => bucketOf("b1", recipient) < 50 && bucketOf("b2", recipient) < 50,
    );
    expect(both.length / recipients.length).toBeCloseTo(0.25, 1);
  });

  test("[AUD1] a recipient sees it from the first percentage above its place", () => {
    const percentage = bucketOf(BROADCAST, user.recipient);
    expect(matches({ percentage }, user, BROADCAST)).toBe(false);
    expect(matches({ percentage: percentage + 0.01 }, user, BROADCAST)).toBe(true);
  });

  test("[AUD1] raising the percentage never takes a broadcast away from anyone", () => {
    const percentages = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(percentages, percentages, fc.uuid(), viewers, (a, b, broadcast, viewer) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        if (!matches({ percentage: low }, viewer, broadcast)) return;
        expect(matches({ percentage: high }, viewer, broadcast)).toBe(true);
      }),
    );
  });
});
