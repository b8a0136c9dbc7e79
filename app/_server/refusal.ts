import type { ActionResult } from "@/components/auth/action-result";
import { isAppError } from "@/core/errors";
import { runtime } from "@/lib/runtime-context";

/** The sentence of a refusal; anything else is logged and never shown. */
export function refusalOf(error: unknown): ActionResult {
  if (isAppError(error)) return { ok: false, message: error.message };
  runtime().logger.error({ err: error }, "a form could not be handled");
  return { ok: false, message: "Something went wrong on the server. Try again." };
}
