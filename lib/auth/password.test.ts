import { expect, test } from "vitest";
import { AT_ONCE, hashPassword, MAX_WAITING, verifyPassword } from "./password";

test("a password matches its own hash only", async () => {
  const hash = await hashPassword("correct horse");
  expect(await verifyPassword("correct horse", hash)).toBe(true);
  expect(await verifyPassword("correct horsf", hash)).toBe(false);
  expect(await verifyPassword("", hash)).toBe(false);
});

test("two hashes of one password differ and do not contain it", async () => {
  const [one, two] = await Promise.all([hashPassword("same same"), hashPassword("same same")]);
  expect(one).not.toBe(two);
  expect(one).not.toContain("same");
});

test("the same characters typed on another keyboard are the same password", async () => {
  expect(await verifyPassword("cafe\u0301 au lait", await hashPassword("caf\u00e9 au lait"))).toBe(
    true,
  );
});

test("hashing leaves the event loop to others", async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await hashPassword("a long enough password");
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});

test.each(["", "plain", "scrypt$15$8$3$salt$", "scrypt$15$8$3$$AAAA", "$2b$10$abcdefgh"])(
  "a hash that is not ours (%j) matches nothing",
  async (hash) => {
    expect(await verifyPassword("anything", hash)).toBe(false);
  },
);

test("[SEC5] beyond so many at once one is told to come back, and the others have their turn", async () => {
  const cheap = `scrypt$1$1$1$AAAA$${Buffer.alloc(32).toString("base64url")}`;
  const room = AT_ONCE + MAX_WAITING;
  const outcomes = await Promise.allSettled(
    Array.from({ length: room + 3 }, () => verifyPassword("anything", cheap)),
  );
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(3);
  expect(refused[0]).toMatchObject({ reason: { code: "unavailable", retryAfterS: 5 } });
  expect(await verifyPassword("anything", cheap)).toBe(false);
});
