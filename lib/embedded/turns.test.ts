import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Engine, type Session, Turns } from "./turns";

/** Runs `BEGIN`, `COMMIT` and anything else; says what came in which order. */
class FakeEngine implements Engine {
  readonly ran: string[] = [];
  #inTransaction = false;

  async execute(bytes: Uint8Array, answer: (bytes: Uint8Array) => void): Promise<void> {
    const text = Buffer.from(bytes).toString();
    if (text === "CRASH") throw new Error("abort");
    if (text === "BEGIN") this.#inTransaction = true;
    if (text === "COMMIT" || text.includes("ROLLBACK")) this.#inTransaction = false;
    this.ran.push(text.replace(/[^\w ]/g, "").replace(/^Q/, ""));
    await Promise.resolve();
    answer(Buffer.from(`ok ${text}`));
  }

  isInTransaction(): boolean {
    return this.#inTransaction;
  }
}

class FakeSession implements Session {
  lockTimeoutMs = 2_000;
  idleInTransactionMs = 5_000;
  destroyed = false;
  readonly received: string[] = [];

  send(bytes: Buffer): void {
    this.received.push(bytes.toString());
  }

  destroy(): void {
    this.destroyed = true;
  }
}

describe("turns on the one session", () => {
  let engine: FakeEngine;
  let turns: Turns;
  let broken: unknown[];

  beforeEach(() => {
    vi.useFakeTimers();
    engine = new FakeEngine();
    broken = [];
    turns = new Turns(engine, (error) => broken.push(error));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const submit = async (session: Session, text: string) => {
    turns.submit(session, Buffer.from(text));
    await turns.settled();
  };

  test("batches run in the order in which they came", async () => {
    const [a, b] = [new FakeSession(), new FakeSession()];
    turns.submit(a, Buffer.from("one"));
    turns.submit(b, Buffer.from("two"));
    await submit(a, "three");
    expect(engine.ran).toEqual(["one", "two", "three"]);
    expect(a.received).toEqual(["ok one", "ok three"]);
    expect(b.received).toEqual(["ok two"]);
  });

  test("whoever has a transaction open goes on until it ends", async () => {
    const [a, b] = [new FakeSession(), new FakeSession()];
    await submit(a, "BEGIN");
    await submit(b, "other");
    await submit(a, "mine");
    await submit(a, "COMMIT");
    expect(engine.ran).toEqual(["BEGIN", "mine", "COMMIT", "other"]);
  });

  test("waiting for another's transaction ends with the lock timeout, and can be repeated", async () => {
    const [a, b] = [new FakeSession(), new FakeSession()];
    await submit(a, "BEGIN");
    await submit(b, "other");
    await vi.advanceTimersByTimeAsync(1_999);
    expect(b.received).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(b.received).toEqual([expect.stringContaining("C55P03")]);
    await submit(a, "COMMIT");
    expect(engine.ran).toEqual(["BEGIN", "COMMIT"]);
    await submit(b, "again");
    expect(b.received.at(-1)).toBe("ok again");
  });

  test("a limit of 0 waits for ever", async () => {
    const [a, b] = [new FakeSession(), new FakeSession()];
    a.idleInTransactionMs = 0;
    b.lockTimeoutMs = 0;
    await submit(a, "BEGIN");
    await submit(b, "other");
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(a.destroyed).toBe(false);
    expect(b.received).toEqual([]);
  });

  test("a transaction left without a word is ended, and the next in line goes on", async () => {
    const [a, b] = [new FakeSession(), new FakeSession()];
    b.lockTimeoutMs = 60_000;
    await submit(a, "BEGIN");
    await submit(b, "other");
    await vi.advanceTimersByTimeAsync(4_000);
    await submit(a, "still here");
    await vi.advanceTimersByTimeAsync(4_999);
    expect(a.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(a.destroyed).toBe(true);
    expect(a.received.at(-1)).toContain("C25P03");
    turns.leave(a);
    await turns.settled();
    expect(engine.ran).toEqual(["BEGIN", "still here", "ROLLBACK", "other"]);
  });

  test("who leaves while its BEGIN runs leaves no transaction open", async () => {
    const [a, b] = [new FakeSession(), new FakeSession()];
    turns.submit(a, Buffer.from("BEGIN"));
    turns.submit(a, Buffer.from("never"));
    turns.leave(a);
    await submit(b, "other");
    expect(engine.ran).toEqual(["BEGIN", "ROLLBACK", "other"]);
  });

  test("who leaves while waiting is not run", async () => {
    const [a, b] = [new FakeSession(), new FakeSession()];
    await submit(a, "BEGIN");
    await submit(b, "other");
    turns.leave(b);
    await submit(a, "COMMIT");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(engine.ran).toEqual(["BEGIN", "COMMIT"]);
    expect(b.received).toEqual([]);
  });

  test("a database that fails gives no further turn", async () => {
    const a = new FakeSession();
    turns.submit(a, Buffer.from("CRASH"));
    await submit(a, "after");
    expect(broken).toEqual([expect.objectContaining({ message: "abort" })]);
    expect(engine.ran).toEqual([]);
  });
});
