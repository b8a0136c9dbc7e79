import { expect, test } from "vitest";
import { createLogger } from "./logger";

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger("debug", { worker: "w1" }, { write: (line) => lines.push(line) }));
  return lines.join("");
}

test("a line says when, how bad, which worker and what", () => {
  const line: unknown = JSON.parse(logged((logger) => logger.warn({ awayMs: 5 }, "Redis is away")));
  expect(line).toEqual({
    level: "warn",
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    worker: "w1",
    awayMs: 5,
    msg: "Redis is away",
  });
});

test("[SEC7] of an error only its name, words, code and causes are written", () => {
  const cause = Object.assign(new Error("WRONGPASS"), {
    command: { name: "auth", args: ["default", "hunter2"] },
    code: "X1",
  });
  const text = logged((logger) => logger.error({ err: new Error("away", { cause }) }, "failed"));
  expect(JSON.parse(text)).toMatchObject({
    err: { message: "away", cause: { message: "WRONGPASS", code: "X1" } },
  });
  expect(text).not.toContain("hunter2");
});

test.each([
  "connect to postgresql://loud:hunter2@db:5432/x failed",
  "rediss://:hunter2@cache failed",
  "GET /setup?token=hunter2&x=1",
  "Authorization: Bearer hunter2",
  `key lhk_${"hunter2".repeat(6)}`,
  "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2",
])("[SEC7] %s is written without its secret", (message) => {
  const text = logged((logger) => logger.info({ nested: { deep: { message } } }, message));
  expect(text).not.toContain("hunter2");
  expect(text).toContain("[redacted]");
  expect(() => JSON.parse(text)).not.toThrow();
});

test("[SEC7] fields that are named like a secret are not written", () => {
  const text = logged((logger) => logger.info({ token: "a", request: { cookie: "b" } }, "x"));
  expect(JSON.parse(text)).toMatchObject({
    token: "[redacted]",
    request: { cookie: "[redacted]" },
  });
});
