import { describe, expect, test } from "vitest";
import { ConfigurationError, parseEnv } from "./env";

const SECRET = "x".repeat(32);
const PRODUCTION = {
  DATABASE_URL: "postgresql://localhost/loudhailer",
  AUTH_SECRET: SECRET,
  PUBLIC_URL: "https://example.com/",
};

function faultsOf(source: Record<string, string>): readonly string[] {
  try {
    parseEnv(source);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

describe("the environment", () => {
  test("§ 14: nothing set is a laptop", () => {
    expect(parseEnv({})).toMatchObject({
      port: 3000,
      mode: "local",
      databaseUrl: null,
      redisUrl: null,
      demo: true,
      sessionTtlS: 3600,
    });
  });

  test("§ 14: a database makes it production, without the demo", () => {
    expect(parseEnv(PRODUCTION)).toMatchObject({
      mode: "production",
      demo: false,
      publicUrl: "https://example.com",
    });
  });

  test("§ 14: empty values count as absent", () => {
    expect(parseEnv({ PORT: "", REDIS_URL: "" })).toMatchObject({ port: 3000, redisUrl: null });
  });

  test.each([
    [{ PORT: "many" }, "PORT"],
    [{ DATABASE_URL: "mysql://x" }, "DATABASE_URL"],
    [{ ALLOW_INSECURE_USER_ID: "perhaps" }, "ALLOW_INSECURE_USER_ID"],
    [{ LOUDHAILER_TYPO: "1" }, "LOUDHAILER_TYPO"],
    [{ LOUDHAILER_ADMIN_MAIL: "x" }, "did you mean LOUDHAILER_ADMIN_EMAIL?"],
    [{ LOUDHAILER_ADMIN_EMAIL: "a@example.com" }, "LOUDHAILER_ADMIN_PASSWORD"],
    [{ DISTRIBUTED_WEBSOCKET_ENABLED: "true" }, "REDIS_URL"],
    [{ REDIS_URL: "redis://localhost" }, "DATABASE_URL"],
    [{ DATABASE_URL: PRODUCTION.DATABASE_URL, AUTH_SECRET: SECRET }, "PUBLIC_URL"],
    [{ DATABASE_URL: PRODUCTION.DATABASE_URL, PUBLIC_URL: "http://x" }, "AUTH_SECRET"],
    [{ WORKERS: "2" }, "REDIS_URL: required with WORKERS=2"],
    [{ ...PRODUCTION, WORKERS: "2" }, "REDIS_URL: required with WORKERS=2"],
    [
      {
        ...PRODUCTION,
        REDIS_URL: "redis://localhost",
        WORKERS: "2",
        DISTRIBUTED_WEBSOCKET_ENABLED: "false",
      },
      "DISTRIBUTED_WEBSOCKET_ENABLED",
    ],
    [{ ...PRODUCTION, ALLOW_INSECURE_USER_ID: "true" }, "ALLOW_INSECURE_USER_ID"],
    [{ ...PRODUCTION, ALLOW_OPEN_SESSION_STREAMS: "1" }, "ALLOW_OPEN_SESSION_STREAMS"],
  ])("§ 14: %o is refused and names %s", (source, name) => {
    expect(faultsOf(source).join("\n")).toContain(name);
  });

  test("§ 14: every fault is named at once", () => {
    expect(faultsOf({ PORT: "x", LOUDHAILER_X: "1", LOG_LEVEL: "loud" })).toHaveLength(3);
  });

  test("§ 14: DISTRIBUTED_WEBSOCKET_ENABLED=false ignores Redis", () => {
    const source = {
      ...PRODUCTION,
      REDIS_URL: "redis://localhost",
      DISTRIBUTED_WEBSOCKET_ENABLED: "false",
    };
    expect(parseEnv(source).redisUrl).toBeNull();
  });
});
