/** A set of callbacks; one that throws does not keep the others from being called. */
export class Listeners<Arguments extends unknown[]> {
  readonly #listeners = new Set<(...args: Arguments) => void>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Returns its unsubscribe. */
  add(listener: (...args: Arguments) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  call(...args: Arguments): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(...args);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
