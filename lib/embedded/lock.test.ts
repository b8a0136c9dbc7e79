import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DataLock } from "./lock";

describe("lock on the data", () => {
  let base: string;
  let folder: string;
  const locks: DataLock[] = [];

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "lh-lock-"));
    folder = join(base, "lock");
  });
  afterEach(async () => {
    for (const lock of locks.splice(0)) await lock.release();
    rmSync(base, { recursive: true, force: true });
  });

  const acquire = async (pid: number, startedAt = pid) => {
    const result = await DataLock.acquire(folder, { pid, startedAt });
    if ("lock" in result) locks.push(result.lock);
    return result;
  };

  test("[DEG1] the second is told who the first is, and has it once the first lets go", async () => {
    expect(await acquire(1)).toHaveProperty("lock");
    expect(await acquire(2)).toEqual({ heldBy: { pid: 1, startedAt: 1 } });
    await locks[0]?.release();
    expect(await acquire(3)).toHaveProperty("lock");
  });

  test("[DEG1] of many that come together exactly one has it, the others know which", async () => {
    for (let round = 0; round < 10; round++) {
      const results = await Promise.all(Array.from({ length: 8 }, (_, i) => acquire(100 + i)));
      expect(results.filter((result) => "lock" in result)).toHaveLength(1);
      for (const result of results) {
        if ("heldBy" in result) expect(result.heldBy.pid).toBeGreaterThanOrEqual(100);
      }
      for (const lock of locks.splice(0)) await lock.release();
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test("[DEG1] what a killed process left is no lock, and is tidied away", async () => {
    const left = "000000000000007-7-abcd.sock";
    leaveSocket(join(folder, left));
    expect(readdirSync(folder)).toEqual([left]);
    expect(await acquire(8)).toHaveProperty("lock");
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test("[DEG1] a holder that does not answer still has it", async () => {
    await acquire(1);
    await locks.splice(0)[0]?.release();
    const silent = createServer(() => {}).listen(join(folder, "000000000000005-5-abcd.sock"));
    await once(silent, "listening");
    expect(await acquire(9)).toEqual({ heldBy: { pid: 5, startedAt: 5 } });
    silent.close();
  });

  test("junk on the socket, or a connection that just closes, changes nothing", async () => {
    await acquire(1);
    const [name = ""] = readdirSync(folder);
    const rude = connect(join(folder, name));
    rude.end("x".repeat(10_000));
    await once(rude.resume(), "close");
    expect(await acquire(2)).toEqual({ heldBy: { pid: 1, startedAt: 1 } });
  });

  test("works in a folder whose path is longer than a socket's may be", async () => {
    folder = join(base, "deep".repeat(20), "deeper".repeat(20), "lock");
    expect(await acquire(1)).toHaveProperty("lock");
    expect(await acquire(2)).toEqual({ heldBy: { pid: 1, startedAt: 1 } });
    expect(readdirSync(folder)).toHaveLength(1);
  });
});

/** A socket file without a process behind it: its process was killed. */
function leaveSocket(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const bind = `require("net").createServer().listen(process.argv[1], () => {
    process.kill(process.pid, "SIGKILL");
  })`;
  const { signal } = spawnSync(process.execPath, ["-e", bind, path]);
  expect(signal).toBe("SIGKILL");
}
