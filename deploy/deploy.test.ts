import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parser as promql } from "@prometheus-io/lezer-promql";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { ROOT } from "@/scripts/run";
import { readQueries } from "@/tests/support/metrics";
import { expectServerVariables } from "./variables";

const read = (file: string) => readFileSync(join(ROOT, "deploy", file), "utf8");

/** Instructions in order, with continued lines joined. */
function instructionsOf(dockerfile: string): { word: string; rest: string }[] {
  const lines = dockerfile.split("\n").filter((line) => !line.startsWith("#"));
  return lines
    .join("\n")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [word = "", ...rest] = line.trim().split(/\s+/);
      return { word, rest: rest.join(" ") };
    });
}

describe("the Dockerfile", () => {
  const instructions = instructionsOf(read("Dockerfile"));
  const all = (word: string) => instructions.filter((one) => one.word === word);
  const last = (word: string) => all(word).at(-1)?.rest ?? "";

  test("says only what Dockerfiles may say, and nothing twice that counts once", () => {
    const words = ["FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "VOLUME"];
    for (const { word } of instructions) expect([...words, "HEALTHCHECK", "CMD"]).toContain(word);
    for (const word of ["HEALTHCHECK", "CMD", "USER"]) expect(all(word)).toHaveLength(1);
  });

  test("bases are versions, and stages have names", () => {
    for (const { rest } of all("FROM")) expect(rest).toMatch(/^node:\d+\.\d+-\S+ AS \w+$/);
  });

  test("runs as nobody in particular, as process 1, and is asked how it is", () => {
    const user = instructions.findLastIndex(({ word }) => word === "USER");
    expect(last("USER")).toBe("node");
    expect(instructions.slice(user).some(({ word }) => word === "RUN")).toBe(false);
    expect(last("CMD")).toMatch(/^\["node", .*"dist\/server\/main.js"\]$/);
    expect(last("HEALTHCHECK")).toContain("/health");
  });

  test("holds no secret, and is built from the lock file", () => {
    expect(instructions.map(({ rest }) => rest).join("\n")).not.toMatch(/SECRET|PASSWORD|_KEY/);
    expect(all("RUN").map(({ rest }) => rest)).toContain("npm ci");
  });

  test("copies what is there", () => {
    for (const { rest } of all("COPY")) {
      if (rest.startsWith("--from")) continue;
      const sources = rest.split(" ").slice(0, -1);
      for (const source of sources) expect(existsSync(join(ROOT, source)), source).toBe(true);
    }
    // What the server reads beside its bundles.
    const copied = all("COPY").map(({ rest }) => rest);
    for (const needed of ["package.json", "prisma/migrations", "dist", ".next", "node_modules"]) {
      expect(
        copied.some((rest) => rest.includes(`/app/${needed}`)),
        needed,
      ).toBe(true);
    }
  });

  test("leaves at home what an image must not hold", () => {
    const ignored = read("Dockerfile.dockerignore").split("\n");
    for (const name of [".env", ".git", ".data", "node_modules"]) expect(ignored).toContain(name);
  });
});

describe("the compose file", () => {
  const service = z.looseObject({
    image: z.string(),
    environment: z.record(z.string(), z.string()).optional(),
    depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).optional(),
    volumes: z.array(z.string()).optional(),
  });
  const { services, volumes } = z
    .looseObject({
      services: z.record(z.string(), service),
      volumes: z.record(z.string(), z.null()),
    })
    .parse(parse(read("docker-compose.yml"), { merge: true }));
  const replicas = Object.entries(services).filter(([name]) => name.startsWith("replica"));

  test("has three replicas with names of their own, set up alike", () => {
    expect(replicas).toHaveLength(3);
    const ids = replicas.map(([, { environment }]) => environment?.WORKER_ID);
    expect(ids).toEqual(replicas.map(([name]) => name));
    for (const [, { environment }] of replicas) {
      expectServerVariables(Object.keys(environment ?? {}));
      expect(environment?.AUTH_SECRET).toMatch(/^\$\{AUTH_SECRET:\?/);
    }
  });

  test("is fronted by the nginx configuration that is tested, which names these replicas", () => {
    expect(services.nginx?.volumes?.[0]).toMatch(/^\.\/nginx\/loudhailer\.conf:.*:ro$/);
    const named = [...read("nginx/loudhailer.conf").matchAll(/server (\w+):3000/g)];
    expect(named.map(([, name]) => name)).toEqual(replicas.map(([name]) => name));
  });

  test("depends on what there is; images are versions", () => {
    for (const [name, { image, depends_on: needs = [] }] of Object.entries(services)) {
      for (const need of Array.isArray(needs) ? needs : Object.keys(needs)) {
        expect(services, `${name} needs ${need}`).toHaveProperty(need);
      }
      if (image !== "loudhailer") expect(image).toMatch(/^\w+:\d+(\.\d+)*(-\w+)?$/);
    }
    expect(Object.keys(volumes)).toEqual(["postgres"]);
  });
});

describe("the systemd unit", () => {
  const settings = read("systemd/loudhailer.service")
    .split("\n")
    .filter((line) => /^[A-Z]\w+=/.test(line))
    .map((line): [string, string] => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    });
  const unit = new Map(settings);

  test("runs as its own user, with its configuration in a file of its own", () => {
    expect(unit.get("User")).toBe("loudhailer");
    expect(unit.get("EnvironmentFile")).toBe("/etc/loudhailer.env");
    const set = (unit.get("Environment") ?? "").split(" ").map((pair) => pair.split("=")[0] ?? "");
    expectServerVariables(set);
  });

  test("may do nothing but serve", () => {
    const hardened = ["NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome"];
    for (const name of hardened) expect(unit.get(name), name).toBe("true");
    expect(unit.get("ProtectSystem")).toBe("strict");
    expect(unit.get("CapabilityBoundingSet")).toBe("");
    // Node compiles while it runs, and guards what it compiled with protection keys.
    expect(unit.has("MemoryDenyWriteExecute")).toBe(false);
    const filters = settings.flatMap(([name, value]) =>
      name === "SystemCallFilter" ? [value] : [],
    );
    expect(filters).toEqual(["@system-service @pkey", "~@privileged @resources"]);
    expect(unit.get("SystemCallErrorNumber")).toBe("EPERM");
  });

  test("[DEG7] is given the time to drain", () => {
    expect(Number(unit.get("TimeoutStopSec"))).toBeGreaterThanOrEqual(30);
    expect(unit.get("Restart")).toBe("always");
  });
});

describe("queries of the dashboard and the alerts", () => {
  /** What Prometheus's own grammar does not take, with where it stands. */
  function faultsOf(expr: string): string[] {
    const faults: string[] = [];
    promql.parse(expr).iterate({
      enter: ({ type, from, to }) => {
        if (type.isError) faults.push(`${from}: ${expr.slice(from, to) || "something is missing"}`);
      },
    });
    return faults;
  }

  test("§ 8: are PromQL", () => {
    for (const { where, expr } of readQueries()) expect(faultsOf(expr), where).toEqual([]);
    expect(faultsOf("sum(rate(app_messages_sent[5q]))")).not.toEqual([]);
  });

  test("§ 8: take the rate of counters, never of a gauge", () => {
    for (const { where, expr } of readQueries()) {
      for (const [, name = ""] of expr.matchAll(/(?:rate|increase)\((\w+)/g)) {
        expect(name, where).toMatch(/_(total|bucket|sum|count)$|^app_messages_sent$/);
      }
    }
  });
});
