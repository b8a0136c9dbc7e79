import type { BroadcastView } from "@/core/api/broadcasts";
import type { BroadcastApi } from "../api/broadcasts";
import { randomId } from "../random-id";
import type { BroadcastInput } from "./values";

/**
 * Keeps a draft on the server in step with the form: creates it once, then edits it, one call at
 * a time and only when something changed.
 */
export class DraftSaver {
  readonly #api: Pick<BroadcastApi, "create" | "edit">;
  /** One key for the life of the composer: a create whose answer was lost makes no second draft. */
  readonly #createKey = randomId();
  #saved: BroadcastView | null;
  #savedText: string | null;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param initial what the server has, and the form says the same */
  constructor(
    api: Pick<BroadcastApi, "create" | "edit">,
    initial: { broadcast: BroadcastView; input: BroadcastInput } | null,
  ) {
    this.#api = api;
    this.#saved = initial?.broadcast ?? null;
    this.#savedText = initial ? JSON.stringify(initial.input) : null;
  }

  /** What the server has; null before the first save. */
  get saved(): BroadcastView | null {
    return this.#saved;
  }

  isSaved(input: BroadcastInput): boolean {
    return this.#savedText === JSON.stringify(input);
  }

  /** The form is as the server has it from here on: nothing to save yet. */
  startFrom(input: BroadcastInput): void {
    this.#savedText = JSON.stringify(input);
  }

  /** Resolves with the row when the server has exactly this. @throws ApiError */
  save(input: BroadcastInput): Promise<BroadcastView> {
    const done = this.#queue.then(() => this.#saveNow(input));
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #saveNow(input: BroadcastInput): Promise<BroadcastView> {
    if (this.#saved && this.isSaved(input)) return this.#saved;
    const saved = this.#saved
      ? await this.#api.edit(this.#saved.id, this.#saved.revision, input)
      : await this.#api.create(input, this.#createKey);
    this.#saved = saved;
    this.#savedText = JSON.stringify(input);
    return saved;
  }
}
