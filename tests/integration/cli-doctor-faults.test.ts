import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Actor, type Stage, setStage } from "@/tests/chaos/stage";
import { idOf, mustCall } from "@/tests/support/api";
import { type CliResult, loudhailer } from "@/tests/support/cli";
import { createApiKey } from "@/tests/support/owner";
import { AUTH_SECRET } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";
import { wrongClock } from "@/tests/support/wrong-clock";

/** Heartbeats are missed for 5 s before they are news, and looked at every 5 s. */
const NOTICED_WITHIN_MS = 30_000;
const HOUR_MS = 3_600_000;
const CROWD = 22;
const BOTH_ARE_UP = /^ok +Server .* of 2, up/m;

let stage: Stage;
let one: Actor;
let other: Actor;
let env: Record<string, string>;

beforeAll(async () => {
  stage = await setStage(2, { LIMIT_FRAMES_PER_SECOND: "0" });
  const [first, second] = stage.actors;
  if (!first || !second) throw new Error("There are two replicas.");
  [one, other] = [first, second];
  env = {
    LOUDHAILER_URL: one.url,
    LOUDHAILER_API_KEY: await createApiKey(one.replica.url, stage.cookie, "viewer"),
    DATABASE_URL: throughProxy(stage.postgres.url, one.database.port),
    REDIS_URL: `redis://127.0.0.1:${one.redis.port}`,
    LOUDHAILER_MODE: "local",
    AUTH_SECRET,
    DATA_DIR: join(tmpdir(), "loudhailer-no-such-folder"),
  };
});
afterAll(() => stage?.stop());

function throughProxy(url: string, port: number): string {
  const address = new URL(url);
  address.port = String(port);
  return address.href;
}

const doctor = (changes: Record<string, string> = {}): Promise<CliResult> =>
  loudhailer(["doctor"], { ...env, ...changes });

/** Asks until the doctor says all of it. */
async function expectDiagnosis(...said: RegExp[]): Promise<CliResult> {
  const deadline = performance.now() + NOTICED_WITHIN_MS;
  for (;;) {
    const result = await doctor();
    if (said.every((words) => words.test(result.stdout))) return result;
    if (performance.now() > deadline) throw new Error(`${said} is not said in:\n${result.stdout}`);
    await sleep(250);
  }
}

/** Nothing is a problem any more; notes of what was may stay for ten minutes. */
async function expectRecovery(): Promise<void> {
  await expectDiagnosis(/^(?!.*^problem)/ms);
}

async function publish(message: string): Promise<string> {
  const { cookie } = stage;
  const body = { message };
  return idOf(await mustCall(one.replica.url, "POST", "/api/creator/broadcast", { cookie, body }));
}

describe("loudhailer doctor names what is wrong", () => {
  test("[DEG4] with a subscription that hangs while Redis answers", async () => {
    // Those that are made anew hang like the one before.
    one.redis.hang(({ heard }) => /\bsubscribe\b/i.test(heard));
    const wayToRedis = env.REDIS_URL ?? "";
    env.REDIS_URL = stage.redis.url;
    try {
      const { code } = await expectDiagnosis(/^problem +Pub\/sub .*its subscription hangs/m);
      expect(code).toBe(1);
    } finally {
      env.REDIS_URL = wayToRedis;
      await one.redis.resume();
    }
    await expectRecovery();
  });

  test("[PUB6] with subscriptions that are cut again and again", async () => {
    await stage.redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    await expectDiagnosis(/^warning +Notes .*\d times no messages came from Redis/m);
    await expectRecovery();
  });

  test("[DEG2] [DEG5] with a Redis and a database that hang", async () => {
    stage.redis.pause();
    one.database.hang();
    try {
      await expectDiagnosis(
        /^problem +Redis +does not answer/m,
        /^problem +Pub\/sub +messages do not come back to the server/m,
        /^problem +Sessions +the server cannot reach Redis/m,
        /^problem +Database +the server cannot reach it/m,
        /^problem +Database +does not answer \(timeout/m,
      );
    } finally {
      stage.redis.unpause();
      one.database.cut();
      await one.database.resume();
    }
    await expectRecovery();
  });

  test("[DEG3] with a Redis that lost everything", async () => {
    await stage.redis.command("FLUSHALL");
    await expectDiagnosis(/^warning +Notes +Redis lost its data/m);
  });

  test("[DEG5] with a database that is down", async () => {
    await stage.postgres.kill();
    try {
      const { stdout } = await expectDiagnosis(
        /^problem +Database +the server cannot reach it/m,
        /^problem +Database +does not answer/m,
      );
      expect(stdout).toMatch(/^ok +WebSocket/m);
    } finally {
      await stage.postgres.start();
    }
    await expectRecovery();
    await expectDiagnosis(/^warning +Notes .*\d times? the database did not answer/m);
  });

  test("[PUB6] with a database that was restored from a backup", async () => {
    await stage.backUp();
    await publish("Not in the backup");
    await stage.restore();
    await expectDiagnosis(/^warning +Notes .*the database went back in time/m);
  });

  test("[DEG6] with a worker that is stopped: its own, and another", async () => {
    await expectDiagnosis(BOTH_ARE_UP);
    other.replica.signal("SIGSTOP");
    try {
      // Side by side: after 12 s it is dead, and not missed any more.
      const [stuck] = await Promise.all([
        doctor({ LOUDHAILER_URL: other.replica.url }),
        expectDiagnosis(/^warning +Notes +Worker \S+ has not been heard of for \d+ s/m),
      ]);
      expect(stuck.stdout).toMatch(/^problem +Server .*takes connections and answers nothing/m);
      expect(stuck.stdout).toMatch(/^ok +Database/m);
    } finally {
      other.replica.signal("SIGCONT");
    }
  });

  test("[DEG6] with a worker that was killed", async () => {
    await expectDiagnosis(BOTH_ARE_UP);
    await other.replica.kill();
    await expectDiagnosis(/^warning +Notes .*1 worker died, last \S+; its clients/m);
    const gone = await doctor({ LOUDHAILER_URL: other.replica.url });
    expect(gone.stdout).toMatch(/^problem +Server +No server answers .*ECONNREFUSED/m);
    expect(gone.code).toBe(1);
  });

  test("[DEG7] with one that was told to stop, and [BC8] one whose clock is wrong", async () => {
    const late = await stage.add(wrongClock(-HOUR_MS));
    const said = await doctor({ LOUDHAILER_URL: late.url });
    expect(said.stdout).toMatch(/^warning +Notes +This worker's clock is 3600 s behind/m);
    // Who was never seen is not missed.
    await expectDiagnosis(BOTH_ARE_UP);
    await late.replica.stop();
    await expectDiagnosis(/^warning +Notes .*\d workers? left in order, last /m);
  });

  test("[BC8] with its own machine's clock", async () => {
    const { stdout } = await doctor(wrongClock(HOUR_MS));
    for (const whose of ["the server", "the database", "Redis"]) {
      // To the second, less what a busy machine takes to answer.
      expect(stdout).toMatch(new RegExp(`this machine's is 3(59|60)\\d s ahead of ${whose}'s`));
    }
  });

  test("[PUB7] with readers that do not read, and connections that break off", async () => {
    await publish("x".repeat(280));
    const stalled = await SocketClient.connect(one.replica.url);
    stalled.pause();
    for (let n = 0; n < 4_000; n += 1) stalled.send({ type: "get_active_broadcast" });
    for (let n = 0; n < CROWD; n += 1) (await SocketClient.connect(one.replica.url)).terminate();
    await expectDiagnosis(
      /^warning +Notes .*1 reader did not read and had to be dropped/m,
      /^warning +Notes .*\d+ connections broke off without a word/m,
    );
    stalled.terminate();
  });

  test("§ 9: with what is between it and the server", async () => {
    one.front.hang();
    const { stdout } = await doctor();
    expect(stdout).toMatch(/^problem +Server .*takes connections and answers nothing/m);
    one.front.cut();
  });
});
