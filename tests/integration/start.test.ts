import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "@/scripts/run";
import { startReplica } from "@/tests/support/replica";

const dataDir = mkdtempSync(join(tmpdir(), "start-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe("npm start", () => {
  test("runs the built server on embedded defaults and stops in good order", async () => {
    const server = spawn("npm", ["start"], {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NODE_ENV: "test",
        PORT: "0",
        DATA_DIR: dataDir,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    server.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const port = await new Promise<string>((resolve, reject) => {
      server.stdout.on("data", () => {
        const said = /http:\/\/localhost:(\d+)\/setup\?token=/.exec(output);
        if (said?.[1]) resolve(said[1]);
      });
      server.once("close", () => reject(new Error(`It ended:\n${output}`)));
    });
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    expect(health.status).toBe(200);
    const closed = once(server, "close");
    server.kill("SIGTERM");
    await closed;
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  });
});

describe("[SEC2] the first start", () => {
  test("prints a set-up link and makes no account by itself", async () => {
    const replica = await startReplica();
    try {
      expect(replica.setupUrl).toMatch(/\/setup\?token=.{20,}/);
      expect(replica.logs()).toContain("/setup?token=");
    } finally {
      await replica.kill();
    }
  });
});

describe("a start that fails", () => {
  test("says that the port is taken, and ends", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = z.object({ port: z.number() }).parse(other.address());
    try {
      await expect(startReplica({ env: { PORT: String(port) } })).rejects.toThrow(
        new RegExp(`exit code 1.*Port ${port} on 127.0.0.1 is taken`, "s"),
      );
    } finally {
      other.close();
    }
  });

  test("names every variable that is wrong, and ends", async () => {
    const env = { PORT: "many", LOUDHAILER_COLOUR: "blue" };
    await expect(startReplica({ env })).rejects.toThrow(/exit code 1.*LOUDHAILER_COLOUR.*PORT/s);
  });
});

describe("the two lines of the README", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");

  test("the test line is what CI runs", () => {
    const [line] = /^npm ci .*test:all$/m.exec(readme) ?? [];
    expect(line).toBeDefined();
    expect(readFileSync(join(ROOT, ".ci/run"), "utf8").split("\n")).toContain(line);
  });

  test("every script that it names is there", () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(named).not.toEqual([]);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });
});
