import { describe, expect, test } from "vitest";
import { type Memory, openMemory as open } from "./memory";
import { safeStorage, type TextStorage } from "./storage";

/** One without other tabs. */
const openMemory = (storage: TextStorage, key: string, who: string) =>
  open(storage, key, who, () => {});

const KEY = "loudhailer:host:default";

function aStorage(): TextStorage & { entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
  };
}

describe("a browser's memory", () => {
  test("keeps what it is told for the next page", () => {
    const storage = aStorage();
    const first = openMemory(storage, KEY, "ada");
    expect(first.raise("announced", "a", 1)).toBe(true);
    expect(first.raise("announced", "a", 1)).toBe(false);
    first.update({ session: "s" });
    const next = openMemory(storage, KEY, "ada");
    expect(next.data.announced).toEqual({ a: 1 });
    expect(next.data.session).toBe("s");
  });

  test("[CLI4] is the same in two tabs that tell each other, however slow the storage is", () => {
    const tabs: Memory[] = [];
    const openTab = (): Memory => {
      const tab = open(aStorage(), KEY, "ada", (...told) => {
        for (const other of tabs) if (other !== tab) other.hear(...told);
      });
      tabs.push(tab);
      return tab;
    };
    const [one, other] = [openTab(), openTab()];
    one.raise("dismissed", "a", 1);
    other.raise("dismissed", "b", 2);
    one.raise("pending", "a", 1);
    other.raise("pending", "a", 0);
    const third = open(aStorage(), KEY, "ada", () => {});
    third.raise("announced", "c", 1);
    third.adopt(one.data);
    expect(one.data).toEqual(other.data);
    expect(third.data).toEqual({ ...one.data, announced: { c: 1 } });
    expect(one.data).toMatchObject({ dismissed: { a: 1, b: 2 }, pending: {} });
  });

  test("[CLI4] takes all from a tab that has met another person", () => {
    const [one, other] = [openMemory(aStorage(), KEY, ""), openMemory(aStorage(), KEY, "")];
    one.update({ user: "ada" });
    one.raise("dismissed", "a", 1);
    other.update({ user: "ben" });
    one.adopt(other.data);
    expect(one.data).toEqual(other.data);
  });

  test("[ACK3] hands a visitor's dismissals and session to the user it signs in as, once", () => {
    const storage = aStorage();
    const visitor = openMemory(storage, KEY, "");
    visitor.update({ session: "visitor's" });
    visitor.raise("dismissed", "a", 1);
    visitor.raise("pending", "a", 1);
    const user = openMemory(storage, KEY, "ada");
    expect(user.data).toMatchObject({
      session: "visitor's",
      dismissed: { a: 1 },
      pending: { a: 1 },
    });
    expect(openMemory(storage, KEY, "").data.pending).toEqual({});
  });

  test("[ACK3] leaves nothing of a user to the next visitor", () => {
    const storage = aStorage();
    const user = openMemory(storage, KEY, "ada");
    user.update({ session: "ada's" });
    user.raise("dismissed", "a", 1);
    const visitor = openMemory(storage, KEY, "");
    expect(visitor.data).toMatchObject({ session: null, dismissed: {} });
    expect([...storage.entries.values()].join()).not.toContain("ada's");
  });

  test("[ACK3] does not let a tab of the last user write over the next one's entry", () => {
    const storage = aStorage();
    const user = openMemory(storage, KEY, "ada");
    openMemory(storage, KEY, "");
    user.update({ session: "ada's" });
    expect([...storage.entries.values()].join()).not.toContain("ada's");
    expect(user.data.session).toBe("ada's");
  });

  test("[ACK1] keeps a user's unsent dismissals for their return, and for nobody else", () => {
    const storage = aStorage();
    const ada = openMemory(storage, KEY, "ada");
    ada.raise("dismissed", "a", 2);
    ada.raise("pending", "a", 2);
    expect(openMemory(storage, KEY, "ben").data).toMatchObject({ pending: {}, dismissed: {} });
    expect(openMemory(storage, KEY, "ada").data).toMatchObject({
      pending: { a: 2 },
      dismissed: { a: 2 },
    });
  });

  test("forgets the oldest of more than it needs", () => {
    const memory = openMemory(aStorage(), KEY, "");
    for (let i = 0; i < 130; i++) memory.raise("announced", `id-${i}`, 1);
    const ids = Object.keys(memory.data.announced);
    expect(ids).toHaveLength(100);
    expect(ids.at(-1)).toBe("id-129");
  });

  test.each(["", "nonsense", "[]", "null", '{"version":9}', '{"version":1,"cache":{"state":{}}}'])(
    "starts anew from an entry that says %j",
    (text) => {
      const storage = aStorage();
      storage.setItem(KEY, text);
      expect(openMemory(storage, KEY, "").data.dismissed).toEqual({});
    },
  );

  test("[CLI4] lives in the page where the storage throws", () => {
    const refuse = () => {
      throw new Error("blocked");
    };
    const storage = safeStorage({ getItem: refuse, setItem: refuse });
    openMemory(storage, KEY, "").raise("dismissed", "a", 1);
    expect(openMemory(storage, KEY, "").data.dismissed).toEqual({ a: 1 });
    expect(storage.shared).toBe(false);
  });

  test("[CLI4] lives in the page from when the storage is full", () => {
    const full = aStorage();
    const storage = safeStorage({
      getItem: full.getItem,
      setItem(key, value) {
        if (value.length > 10) throw new Error("quota exceeded");
        full.setItem(key, value);
      },
    });
    storage.setItem("k", "short");
    expect(storage.shared).toBe(true);
    storage.setItem("k", "longer than that");
    expect(storage.getItem("k")).toBe("longer than that");
    storage.setItem("k", "short");
    expect(full.getItem("k")).toBe("short");
  });
});
