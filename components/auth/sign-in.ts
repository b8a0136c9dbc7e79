import { z } from "zod";
import { type ActionResult, UNREACHABLE } from "./action-result";

const refusal = z.object({ message: z.string() });

/** Signs in; the answer sets the cookie. Errors come back as sentences for the form. */
export async function signIn(email: string, password: string): Promise<ActionResult> {
  try {
    const response = await fetch("/api/auth/sign-in/email", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
    if (response.ok) return { ok: true };
    return { ok: false, message: await sentenceFor(response) };
  } catch {
    return UNREACHABLE;
  }
}

async function sentenceFor(response: Response): Promise<string> {
  if (response.status === 401)
    return "That email and password do not belong together. Check both and try again.";
  if (response.status === 429) return `Too many attempts. Try again ${waitOf(response)}.`;
  if (response.status === 503)
    return "Signing in is not possible right now. Try again in a few seconds.";
  const body = refusal.safeParse(await response.json().catch(() => null));
  return body.success ? body.data.message : "Signing in failed. Try again.";
}

function waitOf(response: Response): string {
  const seconds = Number(response.headers.get("retry-after"));
  if (!Number.isFinite(seconds) || seconds <= 0) return "in a few minutes";
  if (seconds < 90) return `in ${Math.ceil(seconds)} seconds`;
  return `in ${Math.ceil(seconds / 60)} minutes`;
}
