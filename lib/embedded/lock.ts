import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

/** Who has the data. */
export interface Holder {
  pid: number;
  /** ms since 1970. */
  startedAt: number;
}

type State = "trying" | "held" | "yielded";

const SUFFIX = ".sock";
/** A process that is stopped takes connections and says nothing: it has the data all the same. */
const ANSWER_TIMEOUT_MS = 1_000;
/** What a Unix socket's path may be long, on the strictest system, less a little. */
const MAX_PATH_BYTES = 100;
/** The folder is on a file system that has no sockets (some shared folders). */
const NO_SOCKETS_HERE = new Set(["EOPNOTSUPP", "ENOTSUP", "EPERM", "EINVAL"]);
const NOBODY_LISTENS = new Set(["ECONNREFUSED", "ENOENT"]);
const MAX_NAME_CHARS = 100;
const WINDOWS_PIPES = "\\\\.\\pipe\\";

/**
 * One process at a time may open the data. What is held is a listening socket in a folder beside
 * them, so the kernel lets go of it however the process ends, and no stale lock can be left: not
 * by `kill -9`, not by a pid that was given out again, not between containers on one volume.
 *
 * Everyone binds a name of its own, *then* asks all others that are there. So of two that start
 * together at least one sees the other; of those that see each other, the older name wins. A name
 * is never bound twice, so one that refuses connections is dead and may be removed by anybody.
 */
export class DataLock {
  readonly #name: string;
  readonly #folder: string;
  readonly #server: Server;
  #state: State = "trying";
  #yieldedTo: string | null = null;

  /** @returns the lock, or who has it */
  static async acquire(
    folder: string,
    holder: Holder,
  ): Promise<{ lock: DataLock } | { heldBy: Holder }> {
    const lock = await DataLock.#bind(folder, nameOf(holder));
    const winner = await lock.#contest();
    if (winner === null) return { lock };
    await lock.release();
    return { heldBy: holderOf(winner) };
  }

  static async #bind(folder: string, name: string): Promise<DataLock> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const server = createServer();
    try {
      const lock = new DataLock(folder, name, server);
      await listen(server, folder, name);
      return lock;
    } catch (error) {
      const elsewhere = fallbackFolder(folder);
      if (!hasCode(error, NO_SOCKETS_HERE) || folder === elsewhere) throw error;
      return DataLock.#bind(elsewhere, name);
    }
  }

  private constructor(folder: string, name: string, server: Server) {
    this.#folder = folder;
    this.#name = name;
    this.#server = server;
    server.on("connection", (socket) => this.#answer(socket));
    // The process ends when it wants to; it is not kept alive by what it holds.
    server.unref();
  }

  /** May be called twice. */
  async release(): Promise<void> {
    if (this.#server.listening) {
      this.#server.close();
      await once(this.#server, "close");
    }
    rmSync(join(this.#folder, this.#name), { force: true });
  }

  /** @returns the name of who has it instead */
  async #contest(): Promise<string | null> {
    const others = namesIn(this.#folder).filter((name) => name !== this.#name);
    const answers = await Promise.all(others.map((name) => this.#ask(name)));
    const winner = others.find((_, i) => answers[i] === "held" || answers[i] === "trying");
    // From here to the assignment nothing else runs: whoever asks later is told `held`.
    const lostTo = winner ?? this.#yieldedTo;
    if (lostTo === null) this.#state = "held";
    return lostTo;
  }

  async #ask(name: string): Promise<State | "gone"> {
    try {
      const socket = await dial(this.#folder, name);
      socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
      socket.write(`${this.#name}\n`);
      const state = await readLine(socket);
      return state === "trying" || state === "yielded" ? state : "held";
    } catch (error) {
      // Anything but "nobody listens" leaves it open whether somebody is there.
      if (!hasCode(error, NOBODY_LISTENS)) return "held";
      rmSync(join(this.#folder, name), { force: true });
      return "gone";
    }
  }

  async #answer(socket: Socket): Promise<void> {
    socket.on("error", () => socket.destroy());
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
    const asker = await readLine(socket);
    if (this.#state === "trying" && asker !== "" && asker < this.#name) {
      this.#state = "yielded";
      this.#yieldedTo = asker;
    }
    socket.end(`${this.#state}\n`);
  }
}

/** Sorts by age; says who it is even when its process is stopped and cannot answer. */
function nameOf(holder: Holder): string {
  const age = String(holder.startedAt).padStart(15, "0");
  return `${age}-${holder.pid}-${randomUUID().slice(0, 8)}${SUFFIX}`;
}

function holderOf(name: string): Holder {
  const [startedAt, pid] = name.split("-");
  return { pid: Number(pid), startedAt: Number(startedAt) };
}

async function listen(server: Server, folder: string, name: string): Promise<void> {
  await withShortPath(folder, name, async (path) => {
    server.listen(path);
    await once(server, "listening");
  });
}

async function dial(folder: string, name: string): Promise<Socket> {
  return withShortPath(folder, name, async (path) => {
    const socket = connect(path);
    await once(socket, "connect");
    socket.on("error", () => socket.destroy());
    return socket;
  });
}

/** Everybody who has, wants or once had the lock. */
function namesIn(folder: string): string[] {
  if (process.platform !== "win32") {
    return readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  }
  const prefix = `${hashOf(folder)}-`;
  const pipes = readdirSync(WINDOWS_PIPES).filter((name) => name.startsWith(prefix));
  return pipes.map((name) => name.slice(prefix.length));
}

/**
 * A socket's path has about a hundred bytes, a data folder's may have more: then it is reached
 * through a symbolic link in the temporary folder, needed only for the moment of the call.
 */
async function withShortPath<T>(
  folder: string,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  if (process.platform === "win32") return use(`${WINDOWS_PIPES}${hashOf(folder)}-${name}`);
  const direct = join(folder, name);
  const path = [direct, relative(process.cwd(), direct)].find(fits);
  if (path !== undefined) return use(path);
  const alias = mkdtempSync(join(tmpdir(), "lh-"));
  symlinkSync(folder, join(alias, "d"));
  try {
    return await use(join(alias, "d", name));
  } finally {
    rmSync(alias, { recursive: true, force: true });
  }
}

export function fits(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_PATH_BYTES;
}

/** Private to this user, the same for everybody who means the same folder. */
function fallbackFolder(folder: string): string {
  const user = process.getuid?.() ?? "user";
  return join(tmpdir(), `loudhailer-${user}-${hashOf(folder)}`, "lock");
}

export function hashOf(folder: string): string {
  return createHash("sha256").update(realpathSync(folder)).digest("hex").slice(0, 12);
}

function hasCode(error: unknown, codes: ReadonlySet<string>): boolean {
  return error instanceof Error && "code" in error && codes.has(String(error.code));
}

/** Up to the first line's end, or what came before the connection closed. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n") || text.length > MAX_NAME_CHARS) resolve(firstLine(text));
    });
    socket.once("close", () => resolve(firstLine(text)));
  });
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
