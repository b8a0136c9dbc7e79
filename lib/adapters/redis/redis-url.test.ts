import { describe, expect, test } from "vitest";
import { describeTarget, parseRedisUrl } from "./redis-url";

const nobody = { username: null, password: null };

describe("REDIS_URL", () => {
  test("names one server, with defaults for port and database", () => {
    const target = { kind: "single", host: "cache", port: 6379, db: 0, tls: false, ...nobody };
    expect(parseRedisUrl("redis://cache")).toEqual(target);
    expect(parseRedisUrl("redis://cache/")).toEqual(target);
  });

  test("takes user, password, port and database", () => {
    expect(parseRedisUrl("rediss://app:p%40ss%3A1@cache.example.com:6380/3")).toEqual({
      kind: "single",
      host: "cache.example.com",
      port: 6380,
      db: 3,
      tls: true,
      username: "app",
      password: "p@ss:1",
    });
    expect(parseRedisUrl("redis://:secret@cache")).toMatchObject({
      username: null,
      password: "secret",
    });
  });

  test("takes an IPv6 address in brackets", () => {
    expect(parseRedisUrl("redis://[::1]:6380")).toMatchObject({ host: "::1", port: 6380 });
  });

  test("names Sentinels, the master and its database", () => {
    expect(
      parseRedisUrl(
        "redis+sentinel://:pw@s1,s2:26380/main/2?tls=true&sentinel_username=u&sentinel_password=x%2Fy",
      ),
    ).toEqual({
      kind: "sentinel",
      sentinels: [
        { host: "s1", port: 26379 },
        { host: "s2", port: 26380 },
      ],
      master: "main",
      db: 2,
      tls: true,
      username: null,
      password: "pw",
      sentinel: { username: "u", password: "x/y" },
    });
    expect(parseRedisUrl("redis+sentinel://s1/main")).toMatchObject({ db: 0, sentinel: nobody });
  });

  test("names nodes of a Cluster", () => {
    expect(parseRedisUrl("redis+cluster://u:p@n1:7001,n2:7002")).toEqual({
      kind: "cluster",
      nodes: [
        { host: "n1", port: 7001 },
        { host: "n2", port: 7002 },
      ],
      tls: false,
      username: "u",
      password: "p",
    });
  });

  test.each([
    "cache:6379",
    "http://cache",
    "redis://",
    "redis://a,b",
    "redis://cache:99999",
    "redis://cache/one",
    "redis://cache/0/1",
    "redis://cache?timeout=1",
    "redis://a:%zz@cache",
    "redis+sentinel://s1",
    "redis+sentinel://s1/main/x",
    "redis+cluster://n1/1",
    "redis+cluster://n1?tls=maybe",
  ])("refuses %s, naming the variable", (url) => {
    expect(() => parseRedisUrl(url)).toThrow(
      expect.objectContaining({ code: "invalid", message: expect.stringMatching(/^REDIS_URL /) }),
    );
  });

  test("[SEC7] neither an error nor a description repeats the password", () => {
    const urls = [
      "redis://u:hunter2@a,b",
      "redis://u:hunter2@cache",
      "redis+sentinel://u:hunter2@s1/main?sentinel_password=hunter2",
      "redis+cluster://u:hunter2@n1",
    ];
    for (const url of urls) expect(said(url)).not.toContain("hunter2");
  });
});

function said(url: string): string {
  try {
    return describeTarget(parseRedisUrl(url));
  } catch (error) {
    return String(error);
  }
}
