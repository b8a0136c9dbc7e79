/** What a form's server action says: done, or a sentence for the form. */
export type ActionResult = { ok: true } | { ok: false; message: string };
