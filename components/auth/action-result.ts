/** What became of a form: done, or a sentence for it. */
export type ActionResult = { ok: true } | { ok: false; message: string };

/** There was no answer. */
export const UNREACHABLE: ActionResult = {
  ok: false,
  message: "The server could not be reached. Check your connection and try again.",
};
