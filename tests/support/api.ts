import { z } from "zod";

/** How a test calls the REST API: as a browser with a cookie, a program with a key, or a recipient. */
export interface CallOptions {
  cookie?: string;
  /** A user token or an API key. */
  bearer?: string;
  /** A session token. */
  session?: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  text?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** The body as it came, byte for byte. */
  text: string;
  /** The body as JSON; undefined where it is none. */
  json: unknown;
}

/** One call; never throws for a status. With a cookie it says, as a browser would, where from. */
export async function call(
  url: string,
  method: string,
  path: string,
  { cookie, bearer, session, body, text, headers }: CallOptions = {},
): Promise<Answer> {
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: "manual",
    body: content,
    headers: {
      ...(content !== undefined && { "content-type": "application/json" }),
      ...(cookie && { cookie, origin: url }),
      ...(bearer && { authorization: `Bearer ${bearer}` }),
      ...(session && { "x-loudhailer-session": session }),
      ...headers,
    },
  });
  const answer = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text: answer,
    json: parseJson(answer),
  };
}

/** A call that must succeed. */
export async function mustCall(
  url: string,
  method: string,
  path: string,
  options?: CallOptions,
): Promise<Answer> {
  const answer = await call(url, method, path, options);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
}

/** The `id` that an answer names. */
export function idOf({ json }: Answer): string {
  return z.object({ id: z.string() }).parse(json).id;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
