import { describe, expect, test } from "vitest";
import { aBroadcast, NOON } from "@/tests/support/broadcasts";
import { COLUMNS, parseRow, toRow } from "./broadcast-row";

const ROW = toRow(aBroadcast());

function parsed(changes: Record<string, unknown>) {
  const result = parseRow({ ...ROW, ...changes });
  return "broadcast" in result ? result.broadcast : null;
}

describe("rows of broadcasts", () => {
  test("every column is written, and read back as it was", () => {
    const full = aBroadcast({
      action: { label: "Read", url: "/status" },
      audience: { teamOnly: true },
      paths: ["/a*"],
      translations: { fr: { title: null, message: "Bonjour" } },
      startsAt: NOON + 1,
      endsAt: NOON + 2,
      clearedAt: NOON + 3,
      clearedReason: "replaced",
      archivedAt: NOON + 4,
    });
    expect(Object.keys(toRow(full)).toSorted()).toEqual([...COLUMNS].toSorted());
    expect(parseRow(toRow(full))).toEqual({ broadcast: full });
  });

  test("times are read as PostgreSQL writes them in JSON", () => {
    expect(parsed({ created_at: "2026-11-21T13:00:00.5+01:00" })?.createdAt).toBe(NOON + 500);
  });

  test.each([
    ["level", "whisper"],
    ["priority", "cosmic"],
    ["placement", "ceiling"],
    ["paths", { glob: "/**" }],
    ["starts_at", "infinity"],
    ["revision", null],
  ])("[DEG9] an unknown %s makes the row unknown, by name", (column, value) => {
    const id = aBroadcast().id;
    expect(parseRow({ ...ROW, [column]: value })).toMatchObject({
      unknown: { id, columns: [column] },
    });
  });

  test("[DEG9] further columns are ignored, an unknown reason is a clearing", () => {
    expect(parsed({ mood: "sunny" })).toEqual(aBroadcast());
    expect(parsed({ cleared_reason: "expired" })?.clearedReason).toBe("cleared");
  });

  test("[DEG9] an audience is passed through whatever it is", () => {
    expect(parsed({ audience: { moonPhase: "full" } })?.audience).toEqual({ moonPhase: "full" });
    expect(parsed({ audience: "everyone?" })?.audience).toBe("everyone?");
    expect(parsed({ audience: null })?.audience).toBeNull();
  });

  test("what is no row at all is unknown too", () => {
    for (const junk of [null, 7, "x", []]) expect(parseRow(junk)).toHaveProperty("unknown");
  });
});
