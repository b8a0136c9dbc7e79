import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loudhailer } from "@/tests/support/cli";
import { type Cluster, startCluster } from "@/tests/support/cluster";
import { createApiKey } from "@/tests/support/owner";
import { AUTH_SECRET } from "@/tests/support/replica";

let cluster: Cluster;
let env: Record<string, string>;

beforeAll(async () => {
  cluster = await startCluster(2);
  const url = cluster.replicas[0]?.url ?? "";
  env = {
    LOUDHAILER_URL: url,
    LOUDHAILER_API_KEY: await createApiKey(url, cluster.cookie, "viewer"),
    LOUDHAILER_MODE: "local",
    DATABASE_URL: cluster.postgres.url,
    REDIS_URL: cluster.redis.url,
    AUTH_SECRET,
    DATA_DIR: join(tmpdir(), "loudhailer-no-such-folder"),
  };
});

afterAll(() => cluster.stop());

const doctor = (changes: Record<string, string> = {}) =>
  loudhailer(["doctor"], { ...env, ...changes });

describe("loudhailer doctor", () => {
  test("§ 9: finds nothing wrong where nothing is", async () => {
    const { stdout, code } = await doctor();
    expect(stdout).not.toMatch(/^(problem|warning)/m);
    for (const name of [
      "Server",
      "WebSocket",
      "Database",
      "Schema",
      "Secret",
      "Redis",
      "Pub/sub",
    ]) {
      expect(stdout).toMatch(new RegExp(`^ok +${name}`, "m"));
    }
    expect(stdout).toContain("Nothing is wrong");
    expect(code).toBe(0);
  });

  test("[SEC9] tells that this machine's secret is not the cluster's", async () => {
    const { stdout, code } = await doctor({ AUTH_SECRET: "x".repeat(40) });
    expect(stdout).toMatch(/^problem +Secret +this AUTH_SECRET is not the one of the database/m);
    expect(code).toBe(1);
  });

  test("§ 14: names what a server would refuse to start with", async () => {
    const { stdout } = await doctor({ LOUDHAILER_MODE: "production", LOUDHAILER_TYPO: "1" });
    expect(stdout).toMatch(/^problem +Settings +LOUDHAILER_TYPO/m);
    expect(stdout).toMatch(/^problem +Settings +PUBLIC_URL: required/m);
  });

  test("[DEG2] asks Redis itself, and says what its absence means", async () => {
    await cluster.redis.stop();
    try {
      const { stdout, code } = await doctor();
      expect(stdout).toMatch(/^problem +Redis +does not answer \(.*ECONNREFUSED/m);
      expect(stdout).toMatch(/^problem +Pub\/sub +messages do not come back to the server/m);
      expect(stdout).toMatch(/^ok +Database/m);
      expect(code).toBe(1);
    } finally {
      await cluster.redis.restart();
    }
  });

  test("§ 9: asks the dependencies where the server does not answer", async () => {
    const { stdout, code } = await doctor({ LOUDHAILER_URL: "http://127.0.0.1:1" });
    expect(stdout).toMatch(/^problem +Server +No server answers/m);
    expect(stdout).toMatch(/^ok +Database +PostgreSQL/m);
    expect(stdout).toMatch(/^ok +Pub\/sub/m);
    expect(code).toBe(1);
  });

  test("§ 9: tells which database does not answer, without its password", async () => {
    const { stdout } = await doctor({ DATABASE_URL: "postgresql://u:hunter2@127.0.0.1:1/x" });
    expect(stdout).toMatch(/^problem +Database +does not answer \(.*ECONNREFUSED/m);
    expect(stdout).not.toContain("hunter2");
  });
});
