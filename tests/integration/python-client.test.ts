import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "@/scripts/run";
import { idOf, mustCall } from "@/tests/support/api";
import { loudhailer } from "@/tests/support/cli";
import { OWNER_ENV, signIn, tokenSecretOf } from "@/tests/support/owner";
import { guard } from "@/tests/support/processes";
import { AUTH_SECRET, type Replica, startReplica } from "@/tests/support/replica";
import { findPython, requireTools } from "@/tests/support/tools";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

const event = z.looseObject({ event: z.string(), id: z.string().optional() });
type Event = z.infer<typeof event>;

const EVENT_TIMEOUT_MS = 20_000;

/** examples/python/client.py, as docs/protocol.md describes it. */
class PythonClient {
  readonly events: Event[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #errors = "";

  constructor(...args: string[]) {
    requireTools(["python"]);
    const script = join(ROOT, "examples/python/client.py");
    this.#child = spawn(findPython() ?? "python3", [script, ...args], { stdio: "pipe" });
    guard(this.#child);
    this.#exited = once(this.#child, "exit");
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error("A piped process has pipes.");
    createInterface(stdout).on("line", (line) => this.events.push(event.parse(JSON.parse(line))));
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** The first event like this from `from` on. */
  async until(like: Partial<Event>, from = 0): Promise<Event> {
    const find = () =>
      this.events
        .slice(from)
        .find((had) => Object.entries(like).every(([name, value]) => had[name] === value));
    try {
      await expect.poll(find, { timeout: EVENT_TIMEOUT_MS }).toBeDefined();
    } catch {
      throw new Error(
        `No ${JSON.stringify(like)} in ${JSON.stringify(this.events, null, 1)}\n${this.#errors}`,
      );
    }
    const found = find();
    if (!found) throw new Error("An event that was there is gone.");
    return found;
  }

  async end(): Promise<string> {
    this.say("quit");
    await this.#exited;
    return this.#errors;
  }
}

const dataDir = mkdtempSync(join(tmpdir(), "python-"));
let replica: Replica;
let cookie: string;

beforeAll(async () => {
  replica = await startReplica({ dataDir, env: OWNER_ENV });
  cookie = await signIn(replica.url);
});
afterAll(async () => {
  await replica.kill();
  rmSync(dataDir, { recursive: true, force: true });
});

async function publish(message: string, more: object = {}): Promise<string> {
  const body = { message, replace: false, ...more };
  return idOf(await mustCall(replica.url, "POST", "/api/creator/broadcast", { cookie, body }));
}

async function clear(id?: string): Promise<void> {
  const body = id ? { broadcast_id: id } : {};
  await mustCall(replica.url, "POST", "/api/creator/broadcast/clear", { cookie, body });
}

test("§ 6: a client made from the document alone shows, dismisses and comes back", async () => {
  const early = await publish("before it came", { title: "Früh 🚀" });
  const client = new PythonClient(replica.url);
  await client.until({ event: "connected", user: null });
  await client.until({ event: "show", id: early, title: "Früh 🚀", announce: true });

  const live = await publish("while it is there");
  await client.until({ event: "show", id: live, announce: true });
  const later = await publish("not now");
  await client.until({ event: "show", id: later });
  client.say(`snooze ${later} 60`);
  await client.until({ event: "hide", id: later, reason: "snoozed" });
  client.say(`dismiss ${early}`);
  await client.until({ event: "hide", id: early, reason: "dismissed" });
  await client.until({ event: "acknowledged", id: early });

  // [DEG7] The server restarts; the client stays away as long as it was told, and is itself again.
  const { port } = replica;
  const before = client.events.length;
  await replica.stop();
  replica = await startReplica({ dataDir, env: { ...OWNER_ENV, PORT: String(port) } });
  const meanwhile = await publish("while it was away");
  await client.until({ event: "connected" }, before);
  await client.until({ event: "show", id: meanwhile, announce: true }, before);
  const shownAgain = client.events
    .slice(before)
    .filter(({ event: name, id }) => name === "show" && id !== meanwhile);
  expect(shownAgain).toEqual([]);

  await clear(live);
  await client.until({ event: "hide", id: live, reason: "cleared" }, before);
  expect(await client.end()).toBe("");
  await clear();
});

test("§ 6: as a user it is targeted by its token; it ends banners by the server's time", async () => {
  const env = { DATA_DIR: dataDir, AUTH_SECRET };
  const { stdout } = await loudhailer(["token", "--user", "u1", "--role", "admin"], env);
  const client = new PythonClient(replica.url, "--token", stdout.trim(), "--locale", "de");
  await client.until({ event: "connected", user: "u1" });
  const id = await publish("admins only", {
    audience: { roles: ["admin"] },
    endsAt: new Date(Date.now() + 4_000).toISOString(),
    translations: { de: { message: "nur für Admins" } },
  });
  await client.until({ event: "show", id, message: "nur für Admins", locale: "de" });
  await client.until({ event: "hide", id, reason: "ended" });
  expect(await client.end()).toBe("");
});

test("§ 6: the lines of docs/migrating.md sign a token that is accepted", async () => {
  const [, lines] = /```python\n(.*?)```/s.exec(read("docs/migrating.md")) ?? [];
  const secret = await tokenSecretOf(replica.url, cookie);
  const user = "type('User', (), {'id': 42, 'roles': ['admin'], 'plan': 'pro'})";
  const program = `${lines}\nimport sys\nprint(loudhailer_token(${user}, sys.argv[1]))`;
  const printed = execFileSync(findPython() ?? "python3", ["-c", program, secret]);
  const client = new PythonClient(replica.url, "--token", printed.toString().trim());
  await client.until({ event: "connected", user: "42" });
  expect(await client.end()).toBe("");
});

test("§ 6: it stays away when coming back would be useless", async () => {
  const client = new PythonClient(replica.url, "--token", "nonsense");
  await client.until({ event: "disconnected", code: 4401 });
  expect(client.events.filter(({ event: name }) => name === "connected")).toEqual([]);
  await client.end();
});
