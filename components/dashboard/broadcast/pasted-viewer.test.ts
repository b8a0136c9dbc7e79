import { describe, expect, test } from "vitest";
import { viewerOf } from "./pasted-viewer";

const viewer = (subject: string, traits: string) => viewerOf({ subject, traits });

describe("[AUD4] whom the dashboard asks about", () => {
  test("is a user id, with or without traits", () => {
    expect(viewer(" u_42 ", "")).toMatchObject({ viewer: { subject: "u_42", kind: "user" } });
    expect(viewer("u_42", "plan=pro, seats=12")).toMatchObject({
      viewer: { traits: { plan: "pro", seats: "12" } },
    });
  });

  test("is somebody with these traits, pasted as JSON", () => {
    expect(viewer("", '{"plan":"pro","seats":12}')).toMatchObject({
      viewer: { subject: "somebody", traits: { plan: "pro", seats: 12 } },
    });
  });

  test("is whom a pasted token names, with its roles and locale", () => {
    const claims = { sub: "u1", roles: ["admin"], traits: { plan: "pro" }, locale: "fr", exp: 1 };
    expect(viewer("", JSON.stringify(claims))).toMatchObject({
      viewer: { subject: "u1", roles: ["admin"], traits: { plan: "pro" }, locale: "fr" },
    });
    expect(viewer("u2", JSON.stringify(claims))).toMatchObject({ viewer: { subject: "u2" } });
  });

  test("is asked for again where nothing or nonsense is written", () => {
    expect(viewer("", "")).toMatchObject({ field: "subject" });
    for (const nonsense of ["plan", "=pro", "{plan:pro}", "[1]", '{"roles":"admin"}']) {
      expect(viewer("u1", nonsense)).toMatchObject({ field: "traits" });
    }
    expect(viewer("x".repeat(300), "")).toMatchObject({ field: "subject" });
  });
});
