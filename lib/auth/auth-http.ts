import { z } from "zod";
import { AppError, ERROR_STATUS } from "@/core/errors";
import { type HeaderSource, header } from "./headers";

/** A sign-in form is small. */
const BODY_BYTES = 16 * 1024;

/** @throws AppError `too_large` before more than the limit has been read */
export async function readBody(request: Request): Promise<string> {
  if (!request.body) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString("utf8");
    bytes += value.length;
    if (bytes > BODY_BYTES) {
      await reader.cancel();
      throw new AppError("too_large", `The request body is longer than ${BODY_BYTES} bytes.`);
    }
    chunks.push(value);
  }
}

/** The account that a sign-in body names; empty where it names none. */
export function emailIn(body: string): string {
  const parsed = z.object({ email: z.string() }).safeParse(jsonOrNull(body));
  return parsed.success ? parsed.data.email.trim() : "";
}

/** Who signed in, as better-auth's answer says; the answer stays unread. */
export async function userIdIn(response: Response): Promise<string | null> {
  const body = jsonOrNull(await response.clone().text());
  const parsed = z.object({ user: z.object({ id: z.string() }) }).safeParse(body);
  return parsed.success ? parsed.data.user.id : null;
}

/** `Secure` on every cookie: this request came over https ([SEC3]). */
export function withSecureCookies(response: Response): Response {
  const cookies = response.headers.getSetCookie();
  if (cookies.length === 0) return response;
  const headers = new Headers(response.headers);
  headers.delete("set-cookie");
  for (const value of cookies) {
    headers.append("set-cookie", /;\s*secure\b/i.test(value) ? value : `${value}; Secure`);
  }
  return new Response(response.body, { status: response.status, headers });
}

/** What a request made here keeps of the one it is made for: where it was sent, and by what. */
export function hostHeaders(headers: HeaderSource): Record<string, string> {
  const names = ["host", "x-forwarded-host", "x-forwarded-proto", "user-agent"];
  const kept = names.map((name) => [name, header(headers, name)] as const);
  return Object.fromEntries(
    kept.flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

export function refusal(error: AppError): Response {
  const { message, code, retryAfterS } = error;
  return Response.json(
    { status: "error", message, code },
    {
      status: ERROR_STATUS[code],
      headers: retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) },
    },
  );
}

/** The error that a refused sign-in means to a caller inside this process. */
export async function signInError(response: Response): Promise<AppError> {
  const retryAfterS = Number(response.headers.get("retry-after") ?? "1");
  const parsed = z.object({ message: z.string() }).safeParse(jsonOrNull(await response.text()));
  const message = parsed.success ? parsed.data.message : "Signing in failed.";
  if (response.status === 429) return new AppError("too_many", message, { retryAfterS });
  if (response.status >= 500) return unavailable();
  return new AppError("unauthenticated", message);
}

export function unavailable(cause?: unknown): AppError {
  return new AppError("unavailable", "Sign-in is not available now. Try again soon.", {
    retryAfterS: 5,
    cause,
  });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
