import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { CliError, EXIT, reasonOf } from "./failure";

/** How the command line reaches a running server. */
export interface Connection {
  /** `LOUDHAILER_URL`; default `http://localhost:3000`. */
  url: string;
  /** `LOUDHAILER_API_KEY`; empty = none. */
  apiKey: string;
  workspace: string;
}

interface CallOptions {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  /** The server does it once however often it is asked ([PUB5]): a lost answer is asked for again. */
  once?: boolean;
  /** Default 20 s. */
  timeoutMs?: number;
}

const MAX_ATTEMPTS = 3;
const RETRY_MS = 500;
const TIMEOUT_MS = 20_000;
/** Refused before anything was sent. */
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** Both kinds of errors that the API has: of the fixed endpoints, and RFC 9457. */
const errorBody = z.object({ message: z.string().optional(), detail: z.string().optional() });

/** One call, parsed by `output`. @throws CliError in words */
export async function request<T extends z.ZodType>(
  connection: Connection,
  method: string,
  path: string,
  output: T,
  options: CallOptions = {},
): Promise<z.output<T>> {
  const response = await send(connection, method, path, options);
  const text = await response.text();
  if (!response.ok) throw refusal(response.status, text, connection);
  const parsed = output.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new CliError(
    `${connection.url} does not answer as Loudhailer does. Is LOUDHAILER_URL right?`,
  );
}

async function send(
  connection: Connection,
  method: string,
  path: string,
  { query = {}, body, once = false, timeoutMs = TIMEOUT_MS }: CallOptions,
): Promise<Response> {
  const url = addressOf(connection, path, query);
  const content = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(connection.apiKey && { authorization: `Bearer ${connection.apiKey}` }),
    ...(content !== undefined && { "content-type": "application/json" }),
    ...(once && { "idempotency-key": randomUUID() }),
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch(url, {
        method,
        headers,
        body: content,
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      if (!once || attempt === MAX_ATTEMPTS || NOT_SENT.has(codeOf(error))) {
        throw unreachable(connection, error);
      }
      await sleep(RETRY_MS * attempt);
    }
  }
}

function addressOf(connection: Connection, path: string, query: CallOptions["query"] = {}): URL {
  if (!URL.canParse(path, connection.url)) {
    throw new CliError(`"${connection.url}" is no address; write http://host:port.`, EXIT.usage);
  }
  const url = new URL(path, connection.url);
  if (url.username !== "" || url.password !== "") {
    throw new CliError(
      "LOUDHAILER_URL has a name or a password in it, which no call can carry: leave them out.",
      EXIT.usage,
    );
  }
  url.searchParams.set("workspace", connection.workspace);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

export function unreachable(connection: Connection, error: unknown): CliError {
  return new CliError(
    `No server answers at ${connection.url} (${reasonOf(error)}). Start one, or set LOUDHAILER_URL.`,
    EXIT.unreachable,
  );
}

function refusal(status: number, text: string, { apiKey }: Connection): CliError {
  const parsed = errorBody.safeParse(parseJson(text));
  const said = parsed.success ? (parsed.data.detail ?? parsed.data.message) : undefined;
  const sentence = said ?? `The server answered ${status}.`;
  if (status === 401) {
    const hint = apiKey
      ? "Is LOUDHAILER_API_KEY a key of this workspace, and in force?"
      : "Set LOUDHAILER_API_KEY; the dashboard makes keys under API keys.";
    return new CliError(`${sentence} ${hint}`, EXIT.refused);
  }
  return new CliError(sentence, status === 403 ? EXIT.refused : EXIT.failed);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if (error.cause !== undefined) return codeOf(error.cause);
  return "code" in error ? String(error.code) : "";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
