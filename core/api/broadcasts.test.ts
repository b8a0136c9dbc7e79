import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { audiences } from "@/tests/support/arbitraries";
import { aBroadcast, NOON } from "@/tests/support/broadcasts";
import { explain } from "../audience";
import { contentProblems } from "../content-rules";
import { LIMITS } from "../limits";
import { safeUrl } from "../markdown";
import { CONTENT_FIELDS } from "../revisions";
import {
  acknowledgeInput,
  audienceSchema,
  broadcastFields,
  broadcastPatch,
  broadcastView,
  clearInput,
  publishInput,
  viewOf,
} from "./broadcasts";

const ID = "5b0e7a52-6f1c-4a3e-9d7b-0c5a4f1e2d30";

/** `path: message` of each problem, as a client would be told. */
function problemsOf(schema: z.ZodType, input: unknown): string[] {
  const { error } = schema.safeParse(input);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const write = (fields: object) => broadcastFields.parse({ message: "Hello", ...fields });
const refusals = (fields: unknown) =>
  problemsOf(broadcastFields, { message: "Hello", ...(fields as object) });

describe("broadcastFields", () => {
  test("[BC1] everything but the message has a default", () => {
    expect(broadcastFields.parse({ message: "Hello" })).toEqual({
      level: "info",
      title: null,
      message: "Hello",
      action: null,
      dismissible: true,
      priority: "normal",
      placement: "top",
      audience: null,
      paths: null,
      translations: null,
      replace: false,
      startsAt: null,
      endsAt: null,
    });
  });

  test("[BC1] what comes out is the content of a broadcast, field for field", () => {
    expect(Object.keys(write({})).sort()).toEqual([...CONTENT_FIELDS].sort());
  });

  test.each([
    [undefined, "Broadcast message cannot be empty"],
    [null, "Broadcast message cannot be empty"],
    ["", "Broadcast message cannot be empty"],
    [" \n\t\u00a0", "Broadcast message cannot be empty"],
    ["\u0000\u0001", "Broadcast message cannot be empty"],
    ["\u200b\u2060", "Broadcast message cannot be empty"],
    ["x".repeat(312), "Broadcast message is too long: 312 characters, the limit is 280"],
    ["😀".repeat(281), "Broadcast message is too long: 281 characters, the limit is 280"],
    ["a\ud800b", "Broadcast message contains characters that are not text"],
    [5, "Broadcast message must be text"],
    [["Hello"], "Broadcast message must be text"],
    [{}, "Broadcast message must be text"],
  ])("[BC1] the message %j is refused", (message, problem) => {
    expect(problemsOf(broadcastFields, { message })).toEqual([`message: ${problem}`]);
    expect(problemsOf(publishInput, { message })).toEqual([`message: ${problem}`]);
  });

  test.each([
    ["  Hello \r\n there ", "Hello \n there"],
    ["cafe\u0301", "caf\u00e9"],
    ["a\u0000b", "ab"],
    ["😀".repeat(280), "😀".repeat(280)],
    ["e\u0301".repeat(280), "\u00e9".repeat(280)],
    [` ${"x".repeat(280)} `, "x".repeat(280)],
    ["<b>&amp;</b>", "<b>&amp;</b>"],
  ])("[BC1] the message %j is counted and kept in its normal form", (message, kept) => {
    expect(write({ message }).message).toBe(kept);
  });

  test.each([
    [undefined, null],
    [null, null],
    ["", null],
    ["  ", null],
    ["\u200b", null],
    [" Title ", "Title"],
  ])("[BC1] the title %j becomes %j", (title, kept) => {
    expect(write({ title }).title).toBe(kept);
  });

  test.each<[object, string[]]>([
    [
      { title: "x".repeat(81) },
      ["title: Broadcast title is too long: 81 characters, the limit is 80"],
    ],
    [{ title: 5 }, ["title: Broadcast title must be text"]],
    [{ action: { label: "", url: "/a" } }, ["action.label: Action label cannot be empty"]],
    [{ action: { url: "/a" } }, ["action.label: Action label cannot be empty"]],
    [
      { action: { label: "x".repeat(41), url: "/a" } },
      ["action.label: Action label is too long: 41 characters, the limit is 40"],
    ],
    [
      { startsAt: "2026-11-21T12:00:00" },
      ["startsAt: Must be an ISO 8601 time with an offset, such as 2026-11-21T09:00:00Z"],
    ],
    [
      { endsAt: NOON },
      ["endsAt: Must be an ISO 8601 time with an offset, such as 2026-11-21T09:00:00Z"],
    ],
    [{ dismissible: false }, ["endsAt: A broadcast that cannot be dismissed needs an end"]],
    [
      { startsAt: "2026-11-21T12:00:00Z", endsAt: "2026-11-21T13:00:00+01:00" },
      ["endsAt: The end must be after the start"],
    ],
    [{ level: "info", type: "alert" }, ["type: type is another name of level: give one of them"]],
    [{ audiance: {} }, [': Unrecognized key: "audiance"']],
    [{ audience: { weather: "rain" } }, ['audience: Unrecognized key: "weather"']],
  ])("[BC1] %j is refused in words", (fields, problems) => {
    expect(refusals(fields)).toEqual(problems);
  });

  test.each([
    { level: "danger" },
    { type: "danger" },
    { priority: "urgent" },
    { placement: "left" },
    { dismissible: "no" },
    { replace: 1 },
    { action: "https://example.com" },
    { action: { label: "a", url: "/a", onclick: "b" } },
    { paths: "/a" },
    { paths: ["a"] },
    { paths: ["/a.*b"] },
    { paths: new Array(LIMITS.pathRules + 1).fill("/a") },
    { startsAt: "tomorrow" },
    { startsAt: "2026-02-30T12:00:00Z" },
    { translations: [] },
    { translations: { fr: "Bonjour" } },
    { translations: { fr: { text: "Bonjour" } } },
    { translations: { "not a locale": { message: "a" } } },
    { audience: JSON.parse('{"__proto__":{"roles":["a"]}}') },
    { translations: { fr: { message: "x".repeat(281) } } },
    { translations: { "fr-CA": { message: "a" }, fr_ca: { message: "b" } } },
  ])("[BC1] %j is refused", (fields) => {
    expect(refusals(fields)).toHaveLength(1);
  });

  test("[BC1] type is another name of level", () => {
    expect(write({ type: "warning" }).level).toBe("warning");
    expect(write({ level: "alert", type: "alert" }).level).toBe("alert");
  });

  test("[BC8] times come in with any offset and go out in milliseconds", () => {
    const { startsAt, endsAt } = write({
      startsAt: "2026-11-21T13:00:00+01:00",
      endsAt: "2026-11-21T12:00:00.001Z",
    });
    expect([startsAt, endsAt]).toEqual([NOON, NOON + 1]);
  });

  test.each(["javascript:alert(1)", "//evil.test", "/\\evil.test", "example.com", ""])(
    "[BC4] the action URL %j is refused",
    (url) => {
      expect(refusals({ action: { label: "a", url } })).toEqual([
        "action.url: A link must begin with https://, http://, mailto: or /",
      ]);
    },
  );

  test("[BC4] an action URL is kept in its normal form", () => {
    expect(write({ action: { label: " Go ", url: " HTTPS://Example.com " } }).action).toEqual({
      label: "Go",
      url: "https://example.com/",
    });
  });

  test("[BC4] no action URL comes out that may not be followed", () => {
    const urls = fc.oneof(fc.webUrl(), fc.string(), fc.constantFrom("/a", "mailto:a@b", "//a"));
    fc.assert(
      fc.property(urls, (url) => {
        const { data } = broadcastFields.safeParse({ message: "a", action: { label: "a", url } });
        if (data?.action) expect(safeUrl(data.action.url)).toBe(data.action.url);
      }),
    );
  });

  test("[BC10] locales come out canonical, and what says nothing is left out", () => {
    const translations = {
      FR_ca: { title: "  ", message: " Salut ", actionLabel: "" },
      de: { title: null },
      it: { title: "", message: "" },
      es: {},
    };
    expect(write({ translations }).translations).toEqual({
      "fr-CA": { message: "Salut" },
      de: { title: null },
    });
  });

  test.each([{ audience: {} }, { paths: [] }, { translations: {} }, { translations: { fr: {} } }])(
    "[BC1] %j says nothing, and comes out as null",
    (fields) => {
      expect(write(fields)).toEqual(write({}));
    },
  );

  test("[SEC6] a prototype is no language", () => {
    const translations: unknown = JSON.parse('{"__proto__":{"message":"a"},"fr":{"message":"b"}}');
    expect(write({ translations }).translations).toEqual({ fr: { message: "b" } });
  });

  test("[BC11] at most 20 translations", () => {
    const languages = "ar bg cs da de el es et fi fr he hi hr hu it ja ko lt lv nl pl".split(" ");
    const translations = (count: number) =>
      Object.fromEntries(languages.slice(0, count).map((tag) => [tag, { message: tag }]));
    expect(refusals({ translations: translations(20) })).toEqual([]);
    expect(refusals({ translations: translations(21) })).toEqual([
      "translations: At most 20 translations can be given",
    ]);
  });

  test("[BC11] at most 1,000 explicit users, in and out together", () => {
    const users = (count: number) => Array.from({ length: count }, (_, index) => `u${index}`);
    const within = { include: users(600), exclude: users(400) };
    expect(refusals({ audience: within })).toEqual([]);
    expect(refusals({ audience: { ...within, exclude: users(401) } })).toEqual([
      "audience: At most 1000 users can be named",
    ]);
    expect(refusals({ audience: { include: users(1_001) } })).not.toEqual([]);
  });

  test("[BC11] at most 32 KB a row", () => {
    const include = Array.from({ length: 900 }, (_, index) => `${"x".repeat(40)}${index}`);
    expect(refusals({ audience: { include } })[0]).toMatch(/^: Broadcast is too large: \d+ bytes/);
  });
});

describe("audienceSchema", () => {
  test("[BC9] nobody may write the rule that makes a test, and a view may show it", () => {
    const audience = { only: "team:t1" };
    expect(audienceSchema.safeParse(audience).success).toBe(false);
    const view = viewOf(aBroadcast({ audience }), NOON);
    expect(broadcastView.parse(view).audience).toEqual(audience);
  });

  test.each([
    ["signedIn", "both"],
    ["teamOnly", 1],
    ["roles", []],
    ["roles", [""]],
    ["include", []],
    ["locales", ["not a locale"]],
    ["percentage", 101],
    ["percentage", "50"],
    ["traits", [{ trait: "plan", op: "matches", value: "x" }]],
    ["traits", [{ trait: "plan", op: "is" }]],
    ["traits", [{ trait: "plan", op: "exists", value: true }]],
    ["traits", [{ trait: "plan", op: "one_of", value: "pro" }]],
    ["traits", [{ trait: "seats", op: "gte", value: "many" }]],
    ["traits", [{ trait: "", op: "exists" }]],
  ])("[AUD1] %s: %j is refused", (rule, value) => {
    expect(audienceSchema.safeParse({ [rule]: value }).success).toBe(false);
  });

  test("[AUD1] locales come out canonical, names trimmed", () => {
    expect(audienceSchema.parse({ locales: ["FR_ca"], include: [" u1 "] })).toEqual({
      locales: ["fr-CA"],
      include: ["u1"],
    });
  });

  test("[DEG9] whatever is accepted is understood when it is evaluated", () => {
    const viewer = {
      recipient: "user:u9",
      kind: "user" as const,
      subject: "u9",
      name: null,
      roles: [],
      traits: {},
      locale: null,
    };
    fc.assert(
      fc.property(audiences, (audience) => {
        const { data } = audienceSchema.safeParse(audience);
        if (data === undefined) return;
        expect(explain(data, viewer, ID).reasons.join()).not.toContain("Nobody sees it");
      }),
    );
  });
});

describe("publishInput", () => {
  test("[BC6] replaces what is live unless told otherwise", () => {
    expect(publishInput.parse({ message: "a" }).replace).toBe(true);
    expect(publishInput.parse({ message: "a", replace: false }).replace).toBe(false);
  });

  test("[BC1] ignores fields it does not know", () => {
    expect(publishInput.parse({ message: "a", type: "alert", sender: 1 })).toEqual(
      publishInput.parse({ message: "a", level: "alert" }),
    );
  });
});

describe("broadcastPatch", () => {
  test("[BC5] what is absent stays absent", () => {
    expect(broadcastPatch.parse({})).toEqual({});
    expect(broadcastPatch.parse({ title: "a", show: "silent" })).toEqual({
      title: "a",
      show: "silent",
    });
  });

  test("[BC5] what is null is taken away, what says nothing too", () => {
    const gone = { title: null, action: null, endsAt: null, startsAt: null };
    expect(broadcastPatch.parse(gone)).toEqual(gone);
    expect(broadcastPatch.parse({ title: "", audience: {}, paths: [], translations: {} })).toEqual({
      title: null,
      audience: null,
      paths: null,
      translations: null,
    });
  });

  test("[BC5] type is another name of level here too", () => {
    expect(broadcastPatch.parse({ type: "alert" })).toEqual({ level: "alert" });
  });

  test.each<[object, string]>([
    [{ message: "" }, "message: Broadcast message cannot be empty"],
    [{ message: null }, "message: Broadcast message cannot be empty"],
    [{ revision: 3 }, ': Unrecognized key: "revision"'],
  ])("[BC5] %j is refused", (patch, problem) => {
    expect(problemsOf(broadcastPatch, patch)).toEqual([problem]);
  });
});

describe("clearInput and acknowledgeInput", () => {
  test.each([{}, { broadcast_id: "" }, { broadcast_id: null }, { broadcast_id: 5 }])(
    "[ACK1] to acknowledge, %j lacks an id",
    (input) => {
      expect(problemsOf(acknowledgeInput, input)).toEqual([
        "broadcast_id: Broadcast ID is required",
      ]);
    },
  );

  test.each([
    [{ broadcast_id: ID }, { broadcast_id: ID }],
    [
      { broadcast_id: ID.toUpperCase(), revision: 2 },
      { broadcast_id: ID, revision: 2 },
    ],
  ])("[ACK1] %j is acknowledged", (input, output) => {
    expect(acknowledgeInput.parse(input)).toEqual(output);
  });

  test.each([0, -1, 1.5, "1", 2 ** 53])("[ACK1] the revision %j is refused", (revision) => {
    expect(problemsOf(acknowledgeInput, { broadcast_id: ID, revision })).toHaveLength(1);
  });

  test("[SEC4] what is no UUID names a broadcast that does not exist", () => {
    const nil = "00000000-0000-0000-0000-000000000000";
    expect(acknowledgeInput.parse({ broadcast_id: "1' or 1=1" }).broadcast_id).toBe(nil);
    expect(clearInput.parse({ broadcast_id: "latest" }).broadcast_id).toBe(nil);
  });

  test("[BC9] to clear, no id means everything", () => {
    expect(clearInput.parse({})).toEqual({});
    expect(clearInput.parse({ broadcast_id: null })).toEqual({ broadcast_id: null });
  });
});

describe("broadcastView", () => {
  const broadcast = aBroadcast({
    audience: { roles: ["admin"] },
    translations: { fr: { title: null, message: "Salut" } },
    action: { label: "Go", url: "/go" },
    endsAt: NOON,
  });

  test("[BC2] a view has ISO times and the status at the given moment", () => {
    expect(viewOf(broadcast, NOON - 1)).toMatchObject({
      status: "live",
      endsAt: "2026-11-21T12:00:00.000Z",
      startsAt: null,
      createdAt: "2026-11-21T10:00:00.000Z",
    });
    expect(viewOf(broadcast, NOON).status).toBe("ended");
  });

  test("[BC2] a view is exactly what its schema says, and goes through JSON unchanged", () => {
    const view = viewOf(broadcast, NOON);
    expect(broadcastView.strict().parse(JSON.parse(JSON.stringify(view)))).toEqual(view);
    expect(view).not.toHaveProperty("workspaceId");
    expect(view).not.toHaveProperty("changeId");
  });
});

describe("for OpenAPI", () => {
  test.each([
    ["broadcastFields", broadcastFields],
    ["publishInput", publishInput],
    ["broadcastPatch", broadcastPatch],
    ["clearInput", clearInput],
    ["acknowledgeInput", acknowledgeInput],
  ])("%s is an object as JSON Schema, by what goes in", (_, schema) => {
    expect(z.toJSONSchema(schema, { io: "input" })).toMatchObject({ type: "object" });
  });

  test("[BC1] limits and formats are said", () => {
    expect(z.toJSONSchema(broadcastFields, { io: "input" })).toMatchObject({
      required: ["message"],
      properties: {
        message: { type: "string", minLength: 1, maxLength: 280 },
        endsAt: { anyOf: [{ type: "string", format: "date-time" }, { type: "null" }] },
      },
    });
  });

  test("broadcastView is an object as JSON Schema, by what comes out", () => {
    expect(z.toJSONSchema(broadcastView)).toMatchObject({ type: "object" });
  });
});

test("[BC3] whatever is accepted fulfils the rules between fields", () => {
  const times = fc.option(
    fc.date({ min: new Date(NOON), max: new Date(NOON + 3), noInvalidDate: true }),
    { nil: null },
  );
  fc.assert(
    fc.property(fc.boolean(), times, times, (dismissible, startsAt, endsAt) => {
      const { data } = broadcastFields.safeParse({
        message: "a",
        dismissible,
        startsAt: startsAt?.toISOString(),
        endsAt: endsAt?.toISOString() ?? null,
      });
      const inOrder = startsAt === null || endsAt === null || startsAt < endsAt;
      expect(data !== undefined).toBe(inOrder && (dismissible || endsAt !== null));
      if (data) expect(contentProblems(data)).toEqual([]);
    }),
  );
});
