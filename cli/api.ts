import { z } from "zod";

/** How the command line reaches a running server. */
export interface Connection {
  /** `LOUDHAILER_URL`; default `http://localhost:3000`. */
  url: string;
  /** `LOUDHAILER_API_KEY`. */
  apiKey: string;
  workspace: string;
}

/** Exit codes; documented in the help. */
export const EXIT = { failed: 1, usage: 2, unreachable: 3, refused: 4 } as const;

/** Ends the command with a sentence on standard error. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT.failed,
  ) {
    super(message);
    this.name = "CliError";
  }
}

/** Both kinds of errors that the API has: of the fixed endpoints, and RFC 9457. */
const errorBody = z.object({ message: z.string().optional(), detail: z.string().optional() });

/** One call, parsed by `output`. @throws CliError in words */
export async function request<T extends z.ZodType>(
  connection: Connection,
  method: string,
  path: string,
  output: T,
  body?: unknown,
): Promise<z.output<T>> {
  const response = await send(connection, method, path, body);
  const text = await response.text();
  if (!response.ok) throw refusal(response.status, text);
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
  body: unknown,
): Promise<Response> {
  const url = new URL(path, connection.url);
  url.searchParams.set("workspace", connection.workspace);
  try {
    return await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${connection.apiKey}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (cause) {
    throw new CliError(
      `No server answers at ${connection.url} (${reasonOf(cause)}). Start one, or set LOUDHAILER_URL.`,
      EXIT.unreachable,
    );
  }
}

function refusal(status: number, text: string): CliError {
  const parsed = errorBody.safeParse(parseJson(text));
  const said = parsed.success ? (parsed.data.detail ?? parsed.data.message) : undefined;
  const hint = status === 401 ? " Set LOUDHAILER_API_KEY to a key of this workspace." : "";
  const refused = status === 401 || status === 403;
  return new CliError(
    `${said ?? `The server answered ${status}.`}${hint}`,
    refused ? EXIT.refused : EXIT.failed,
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
