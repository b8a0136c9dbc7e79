/**
 * The embedded database's process: PGlite (PostgreSQL in WebAssembly) behind a socket that speaks
 * PostgreSQL's protocol. Started by ./embedded with an IPC channel; it ends when that closes,
 * however its parent ended. Imports here are relative: it runs from source as well as bundled.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { DataLock, type Holder } from "./lock";
import { type ChildMessage, parentMessage, type StartMessage } from "./messages";
import type { Engine } from "./turns";
import { WireServer } from "./wire-server";

/** The process that had the data may have been killed a moment ago and be on its way out. */
const WAIT_FOR_HOLDER_MS = 3_000;
const ASK_AGAIN_MS = 100;
/** Closing checkpoints the data; what is not done by then is done by the next start. */
const CLOSE_WITHIN_MS = 8_000;

let close: () => Promise<void> = async () => {};
let ending = false;

// The server flushes what it has before it closes the channel: a Ctrl-C or a SIGTERM to the whole
// group must not take the database away from under it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

process.on("disconnect", () => void end(0));
process.on("message", (message) => {
  const parsed = parentMessage.safeParse(message);
  if (!parsed.success) return;
  if (parsed.data.type === "ping") void tell({ type: "pong" });
  else start(parsed.data).catch(fail);
});

async function start(message: StartMessage): Promise<void> {
  const holder: Holder = { pid: message.serverPid, startedAt: message.serverStartedAt };
  const acquired = await acquire(join(message.dataDir, "lock"), holder);
  if ("heldBy" in acquired) {
    await tell({ type: "held", ...acquired.heldBy });
    return end(0);
  }
  const db = await openData(message.dataDir);
  const { endpoint } = message;
  const server = new WireServer({
    engine: engineOf(db),
    password: "password" in endpoint ? endpoint.password : null,
    onBroken: fail,
  });
  close = async () => {
    await server.close();
    await db.close();
    await acquired.lock.release();
  };
  // Its owner crashed; nobody listens there, because this process has the lock.
  if ("path" in endpoint) rmSync(endpoint.path, { force: true });
  const port = await server.listen(endpoint);
  await tell({ type: "ready", port });
}

async function acquire(folder: string, holder: Holder): ReturnType<typeof DataLock.acquire> {
  const deadline = Date.now() + WAIT_FOR_HOLDER_MS;
  for (;;) {
    const acquired = await DataLock.acquire(folder, holder);
    if ("lock" in acquired || Date.now() > deadline) return acquired;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

/**
 * A new database is made beside its place and moved there when it is complete, so a first start
 * that was interrupted leaves nothing that looks like data.
 */
async function openData(dataDir: string): Promise<PGlite> {
  const place = join(dataDir, "db");
  if (!existsSync(place)) {
    const making = join(dataDir, "db.new");
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making, { recursive: true, mode: 0o700 });
    await (await PGlite.create(making)).close();
    renameSync(making, place);
  }
  return PGlite.create(place);
}

function engineOf(db: PGlite): Engine {
  return {
    execute: (bytes, answer) => db.execProtocolRawStream(bytes, { onRawData: answer }),
    isInTransaction: () => db.isInTransaction(),
  };
}

async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(code), CLOSE_WITHIN_MS).unref();
  await close().catch(() => {});
  process.exit(code);
}

/** Nothing can be trusted any more: the next start recovers from the write-ahead log. */
async function fail(error: unknown): Promise<void> {
  await tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}

/** Resolves when the message has left: what ends the process must wait for that. */
function tell(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve();
    process.send?.(message, undefined, undefined, () => resolve());
  });
}
