import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { WebSocket } from "ws";
import { z } from "zod";
import { CLOSE, shouldReconnect } from "@/core/close-codes";
import {
  PING,
  PING_INTERVAL_MS,
  PONG,
  PONG_TIMEOUT_MS,
  SESSION_SUBPROTOCOL,
  SOCKET_PATH,
  SUBPROTOCOL,
  TOKEN_SUBPROTOCOL,
} from "@/core/protocol";
import { type Connection, unreachable } from "./api";
import { CliError, EXIT } from "./failure";
import { examples, type Terminal } from "./terminal";
import { describeFrame } from "./watch-lines";

interface WatchOptions {
  /** A user token; absent = an anonymous visitor. */
  token?: string;
  /** As a member of the team, by the API key: with live figures. */
  team?: boolean;
  locale?: string;
  json?: boolean;
}

export function addWatch(program: Command, terminal: Terminal): void {
  program
    .command("watch")
    .description("be a recipient: print what comes, until Ctrl-C")
    .option("--token <jwt>", "as this user; an anonymous visitor when absent")
    .option("--team", "as a member of the team, by LOUDHAILER_API_KEY, with live figures")
    .option("--locale <locale>", "in this language")
    .addHelpText(
      "after",
      examples("watch", `watch --token "$(loudhailer token --user u1)"`, "watch --team --json"),
    )
    .action((options: WatchOptions) =>
      terminal.attempt(() =>
        watch(
          terminal.connection,
          { ...options, json: terminal.json },
          terminal.print,
          terminal.untilStopped(),
        ),
      ),
    );
}

/** Longest wait between two attempts ([DEG8]), ms. */
const MAX_WAIT_MS = 30_000;
const FIRST_WAIT_MS = 1_000;
/** Until the server has said how often it pings. */
const SILENCE_MS = PING_INTERVAL_MS + PONG_TIMEOUT_MS;

/** Only what this command itself needs; everything else is shown as it comes. */
const controlFrame = z.discriminatedUnion("type", [
  z
    .object({
      type: z.literal("connected"),
      session_token: z.string(),
      ping_interval_ms: z.number().min(1).max(600_000),
    })
    .loose(),
  z.object({ type: z.literal("reconnect"), after_ms: z.number().min(0).max(600_000) }).loose(),
]);

/**
 * A recipient in the terminal: prints what comes until `signal` aborts, and comes back as a
 * browser would.
 * @throws CliError when the server says that coming back is useless, or was never there
 */
async function watch(
  connection: Connection,
  options: WatchOptions,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const stay = new Stay(connection, options, print);
  for (let failures = 0; !signal.aborted; ) {
    const end = await stay.once(signal);
    if (signal.aborted) return;
    if (!shouldReconnect(end.code)) throw new CliError(refusalOf(end), EXIT.refused);
    failures = end.wasConnected ? 0 : failures + 1;
    const waitMs = end.afterMs ?? jitter(failures);
    if (!options.json) print(`Connection lost; back in ${(waitMs / 1000).toFixed(1)} s.`);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

interface End {
  code: number;
  reason: string;
  wasConnected: boolean;
  /** When the server said to come back, ms. */
  afterMs: number | null;
}

/** One recipient, over one connection after another. */
class Stay {
  readonly #connection: Connection;
  readonly #options: WatchOptions;
  readonly #print: (line: string) => void;
  #session: string | null = null;
  #everConnected = false;
  #silenceMs = SILENCE_MS;

  constructor(connection: Connection, options: WatchOptions, print: (line: string) => void) {
    this.#connection = connection;
    this.#options = options;
    this.#print = print;
  }

  /** Resolves when the connection has ended. @throws CliError where no server ever answered */
  once(signal: AbortSignal): Promise<End> {
    const socket = this.#open();
    const end: End = { code: 1006, reason: "", wasConnected: false, afterMs: null };
    const stop = () => socket.close(CLOSE.goingAway.code);
    let silence: NodeJS.Timeout | undefined;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.terminate(), this.#silenceMs);
    };
    listen();
    signal.addEventListener("abort", stop);
    return new Promise<End>((resolve, reject) => {
      socket.on("message", (data) => {
        this.#take(socket, data.toString(), end);
        listen();
      });
      socket.on("error", (error) => {
        if (!this.#everConnected && !signal.aborted) reject(unreachable(this.#connection, error));
      });
      socket.on("close", (code, reason) => {
        resolve({ ...end, code, reason: reason.toString() });
      });
    }).finally(() => {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
    });
  }

  #open(): WebSocket {
    const { url, apiKey, workspace } = this.#connection;
    const { token, team, locale } = this.#options;
    if (!URL.canParse(SOCKET_PATH, url)) {
      throw new CliError(`"${url}" is no address; write http://host:port.`, EXIT.usage);
    }
    const address = new URL(SOCKET_PATH, url.replace(/^http/, "ws"));
    address.searchParams.set("workspace", workspace);
    if (locale) address.searchParams.set("locale", locale);
    const protocols = [
      SUBPROTOCOL,
      ...(token ? [TOKEN_SUBPROTOCOL + token] : []),
      ...(this.#session ? [SESSION_SUBPROTOCOL + this.#session] : []),
    ];
    const headers = team ? { authorization: `Bearer ${apiKey}` } : {};
    return new WebSocket(address, protocols, { headers, handshakeTimeout: 10_000 });
  }

  #take(socket: WebSocket, text: string, end: End): void {
    if (text === PING) socket.send(PONG);
    if (text === PING || text === PONG) return;
    const frame = parse(text);
    const control = controlFrame.safeParse(frame);
    if (control.success && control.data.type === "connected") {
      this.#session = control.data.session_token || null;
      this.#everConnected = true;
      this.#silenceMs = control.data.ping_interval_ms + PONG_TIMEOUT_MS;
      end.wasConnected = true;
    }
    if (control.success && control.data.type === "reconnect") end.afterMs = control.data.after_ms;
    const line = this.#options.json ? text : describeFrame(frame);
    if (line !== null) this.#print(line);
  }
}

function refusalOf({ code, reason }: End): string {
  const named = Object.values(CLOSE).find((known) => known.code === code);
  return `The server closed the connection: ${named?.reason ?? reason} (${code}).`;
}

/** Full jitter, growing. */
function jitter(failures: number): number {
  return Math.random() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
