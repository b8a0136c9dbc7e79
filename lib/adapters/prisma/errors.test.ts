import { describe, expect, test } from "vitest";
import { AppError } from "@/core/errors";
import { isRolledBackConflict, toAppError } from "./errors";

function withCode(code: string, extra: object = {}): Error {
  return Object.assign(new Error("boom"), { code, ...extra });
}

describe("errors of the database", () => {
  test.each([
    ["connection lost", withCode("08006")],
    ["too many connections", withCode("53300")],
    ["shutting down", withCode("57P01")],
    ["statement timeout", withCode("57014")],
    ["lock timeout", withCode("55P03")],
    ["deadlock", withCode("40P01")],
    ["idle in transaction", withCode("25P03")],
    ["sent to a standby", withCode("25006")],
    ["refused", withCode("ECONNREFUSED")],
    ["reset", withCode("ECONNRESET")],
    ["broken pipe", withCode("EPIPE")],
    ["no such host", withCode("ENOTFOUND")],
    ["the embedded socket is gone", withCode("ENOENT")],
    ["what the driver says without a code", new Error("Connection terminated unexpectedly")],
    ["Prisma: unreachable", withCode("P1001")],
    ["Prisma: no free connection", withCode("P2024")],
    [
      "Prisma: lock timeout of the driver",
      withCode("P2010", { meta: { driverAdapterError: { cause: { originalCode: "55P03" } } } }),
    ],
    [
      "Prisma: not reachable of the driver",
      Object.assign(new Error("x"), {
        name: "DriverAdapterError",
        cause: { kind: "SocketTimeout" },
      }),
    ],
  ])("[DEG5] %s is unavailable, to be tried again", (_, error) => {
    expect(toAppError(error)).toMatchObject({ code: "unavailable", retryAfterS: 2, cause: error });
  });

  test.each([
    ["conflict", withCode("23505")],
    ["conflict", withCode("P2002")],
    ["not_found", withCode("23503")],
    ["not_found", withCode("P2025")],
    ["invalid", withCode("22P05")],
    ["internal", withCode("42P01")],
    ["internal", withCode("42601")],
    ["internal", withCode("ERR_INVALID_ARG_TYPE")],
    ["internal", new TypeError("x is not a function")],
    ["internal", "thrown text"],
    ["internal", undefined],
  ])("%s: %s", (code, error) => {
    expect(toAppError(error)).toMatchObject({ code, retryAfterS: undefined });
  });

  test("[SEC7] the driver's words stay inside", () => {
    const shown = toAppError(withCode("28P01", { message: "password authentication failed" }));
    expect(shown.message).not.toContain("password");
  });

  test("an error that is ours already stays what it is", () => {
    const ours = new AppError("forbidden", "No.");
    expect(toAppError(ours)).toBe(ours);
  });

  test("only what the server has certainly rolled back may be repeated", () => {
    expect(isRolledBackConflict(toAppError(withCode("40P01")))).toBe(true);
    expect(isRolledBackConflict(toAppError(withCode("40001")))).toBe(true);
    expect(isRolledBackConflict(toAppError(withCode("08006")))).toBe(false);
    expect(isRolledBackConflict(new Error("x"))).toBe(false);
  });
});
