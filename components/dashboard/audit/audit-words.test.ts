import { describe, expect, test } from "vitest";
import { BROADCAST_ACTIONS } from "@/lib/audit/audit-change";
import { PEOPLE_ACTIONS } from "@/lib/auth/change-people";
import { actionWords, changesOf, subjectOf } from "./audit-words";

describe("the audit log in words", () => {
  test.each([...BROADCAST_ACTIONS, ...PEOPLE_ACTIONS, "workspace.settings_changed"])(
    "[SEC8] %s has words of its own",
    (action) => {
      expect(actionWords(action)).not.toBe(action.replace(/[._]/g, " "));
    },
  );

  test("an action of a later version is written as it is named", () => {
    expect(actionWords("domain.was_verified")).toBe("domain was verified");
  });

  test("an entry is named by what it is about", () => {
    expect(subjectOf(null, { title: null, message: "Hello" })).toBe("Hello");
    expect(subjectOf({ email: "a@b.example" }, undefined)).toBe("a@b.example");
    expect(subjectOf(null, 3)).toBeNull();
  });

  test("only what differs counts as a change", () => {
    expect(changesOf({ level: "info", title: "A" }, { level: "alert", title: "A" })).toEqual([
      { key: "level", before: "info", after: "alert" },
    ]);
    expect(changesOf(null, { role: "viewer" })).toEqual([
      { key: "role", before: "none", after: "viewer" },
    ]);
  });
});
