import fc from "fast-check";
import type { Viewer } from "@/core/audience";
import { type Broadcast, LEVELS, PRIORITIES } from "@/core/broadcast";
import { aBroadcast, aViewer, NOON } from "./broadcasts";

/** Few enough moments around noon that starts, ends and clears meet in every way. */
export const moments = fc.integer({ min: -5, max: 5 }).map((step) => NOON + step * 60_000);

const maybeMoment = fc.option(moments, { nil: null, freq: 2 });
const rarelyMoment = fc.oneof({ arbitrary: fc.constant(null), weight: 4 }, moments);

/** A broadcast in any state, reachable or not. */
export const broadcasts: fc.Arbitrary<Broadcast> = fc
  .record({
    id: fc.uuid(),
    seq: fc.integer({ min: 1, max: 1_000 }),
    showFromRevision: fc.integer({ min: 1, max: 3 }),
    level: fc.constantFrom(...LEVELS),
    priority: fc.constantFrom(...PRIORITIES),
    dismissible: fc.boolean(),
    replace: fc.boolean(),
    createdAt: moments,
    publishedAt: fc.option(moments, { nil: null, freq: 10 }),
    startsAt: maybeMoment,
    endsAt: maybeMoment,
    clearedAt: rarelyMoment,
    archivedAt: rarelyMoment,
  })
  .map((changes) => aBroadcast({ ...changes, revision: changes.showFromRevision }));

/** What a workspace holds: ids and positions are unique. */
export const broadcastLists: fc.Arbitrary<Broadcast[]> = fc
  .uniqueArray(broadcasts, { maxLength: 8, selector: ({ id }) => id })
  .map((list) => list.map((broadcast, index) => ({ ...broadcast, seq: index + 1 })));

const scalars = fc.oneof(
  fc.constantFrom("pro", "free", "3", "2026-01-01", ""),
  fc.integer({ min: -3, max: 9 }),
  fc.boolean(),
);

export const viewers: fc.Arbitrary<Viewer> = fc
  .record({
    kind: fc.constantFrom("user", "team", "anonymous"),
    subject: fc.constantFrom("u1", "u2", "u3"),
    roles: fc.subarray(["admin", "editor"]),
    traits: fc.dictionary(
      fc.constantFrom("plan", "seats", "constructor"),
      fc.oneof(scalars, fc.constant(null), fc.array(scalars, { maxLength: 2 })),
      { maxKeys: 3 },
    ),
    locale: fc.constantFrom(null, "fr", "fr-CA", "en"),
  })
  .map((changes) => aViewer({ ...changes, recipient: `${changes.kind}:${changes.subject}` }));

const traitConditions = fc.oneof(
  fc.record({
    trait: fc.constantFrom("plan", "seats", "constructor", "toString"),
    op: fc.constantFrom("is", "is_not", "contains"),
    value: scalars,
  }),
  fc.record({
    trait: fc.constantFrom("seats", "since"),
    op: fc.constantFrom("gte", "lte"),
    value: fc.constantFrom<string | number>(3, "3", "2026-01-01"),
  }),
  fc.record({
    trait: fc.constantFrom("plan"),
    op: fc.constant("one_of"),
    value: fc.array(scalars, { maxLength: 2 }),
  }),
  fc.record({ trait: fc.constantFrom("plan", "valueOf"), op: fc.constant("exists") }),
);

const subjects = fc.subarray(["u1", "u2"]);

/** Audiences that this version understands. */
export const audiences = fc.record(
  {
    signedIn: fc.constantFrom("signed-in" as const, "anonymous" as const),
    teamOnly: fc.boolean(),
    roles: fc.subarray(["admin", "editor"]),
    traits: fc.array(traitConditions, { maxLength: 2 }),
    include: subjects,
    exclude: subjects,
    locales: fc.subarray(["fr", "fr-CA", "en"]),
    percentage: fc.integer({ min: 0, max: 100 }),
  },
  { requiredKeys: [] },
);
