import { errorResponse, queryMessage, readyForQuery } from "./wire";

/** The one database session there is. Calls never overlap. */
export interface Engine {
  /** Runs messages to their end; hands out what it answers, in bytes valid only for the call. */
  execute(bytes: Uint8Array, answer: (bytes: Uint8Array) => void): Promise<void>;
  isInTransaction(): boolean;
}

/** One client's side. */
export interface Session {
  /** How long it waits while another has a transaction open, ms; 0 = for ever. */
  readonly lockTimeoutMs: number;
  /** How long it may leave its transaction open without a word, ms; 0 = for ever. */
  readonly idleInTransactionMs: number;
  send(bytes: Buffer): void;
  /** Ends the connection. */
  destroy(): void;
}

interface Turn {
  session: Session;
  bytes: Buffer;
  timer?: NodeJS.Timeout;
}

/** SQLSTATEs of what PostgreSQL says in these cases. */
const LOCK_NOT_AVAILABLE = "55P03";
const IDLE_IN_TRANSACTION = "25P03";

/**
 * Many connections take turns on one database session. A batch runs whole; whoever has a
 * transaction open keeps the session until it ends. The database cannot keep its own time limits
 * here (nothing can interrupt it), so the two that matter to others are kept by this class.
 */
export class Turns {
  readonly #engine: Engine;
  readonly #onBroken: (error: unknown) => void;
  readonly #waiting: Turn[] = [];
  readonly #gone = new WeakSet<Session>();
  /** Has a transaction open. */
  #owner: Session | null = null;
  #idleTimer: NodeJS.Timeout | undefined;
  #busy = false;
  #broken = false;
  #run: Promise<void> = Promise.resolve();

  /** @param onBroken the database itself failed; no turn is given any more */
  constructor(engine: Engine, onBroken: (error: unknown) => void) {
    this.#engine = engine;
    this.#onBroken = onBroken;
  }

  submit(session: Session, bytes: Buffer): void {
    const turn: Turn = { session, bytes };
    this.#waiting.push(turn);
    this.#start();
    if (this.#waiting.includes(turn)) this.#limit(turn);
  }

  /** The connection is gone: what it still wanted is dropped, its transaction rolled back. */
  leave(session: Session): void {
    this.#gone.add(session);
    for (const turn of this.#waiting.filter((waiting) => waiting.session === session)) {
      this.#remove(turn);
    }
    if (!this.#busy && this.#owner === session) this.#rollBack();
  }

  /** Resolves when nothing runs, or nothing ever will. */
  async settled(): Promise<void> {
    while (this.#busy && !this.#broken) await this.#run;
  }

  #start(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#run = this.#giveTurns().catch((error) => {
      this.#broken = true;
      this.#onBroken(error);
    });
  }

  async #giveTurns(): Promise<void> {
    let ran = false;
    for (let turn = this.#next(); turn; turn = this.#next()) {
      ran = true;
      this.#remove(turn);
      clearTimeout(this.#idleTimer);
      await this.#execute(turn);
      this.#owner = this.#engine.isInTransaction() ? turn.session : null;
    }
    // In the same step as the look that found nobody: who comes now starts it again.
    this.#busy = false;
    if (this.#owner === null || !ran) return;
    if (this.#gone.has(this.#owner)) this.#rollBack();
    else this.#limitIdle(this.#owner);
  }

  #next(): Turn | undefined {
    if (this.#owner === null) return this.#waiting[0];
    return this.#waiting.find((turn) => turn.session === this.#owner);
  }

  async #execute({ session, bytes }: Turn): Promise<void> {
    const answers: Buffer[] = [];
    // What is answered lies in the database's own memory: copied before it goes on.
    await this.#engine.execute(bytes, (answer) => answers.push(Buffer.from(answer)));
    session.send(Buffer.concat(answers));
  }

  /** For an owner that cannot do it any more. */
  #rollBack(): void {
    this.#owner = NOBODY;
    this.submit(NOBODY, queryMessage("ROLLBACK"));
  }

  #limit(turn: Turn): void {
    if (turn.session.lockTimeoutMs === 0) return;
    turn.timer = setTimeout(() => {
      if (!this.#waiting.includes(turn)) return;
      // Nobody has a transaction open: its turn comes as soon as what runs is done.
      if (this.#owner === null) return this.#limit(turn);
      this.#remove(turn);
      turn.session.send(
        Buffer.concat([
          errorResponse("ERROR", LOCK_NOT_AVAILABLE, "canceling statement due to lock timeout"),
          readyForQuery(),
        ]),
      );
    }, turn.session.lockTimeoutMs);
  }

  #limitIdle(owner: Session): void {
    if (owner.idleInTransactionMs === 0) return;
    this.#idleTimer = setTimeout(() => {
      const why = "terminating connection due to idle-in-transaction timeout";
      owner.send(errorResponse("FATAL", IDLE_IN_TRANSACTION, why));
      owner.destroy();
    }, owner.idleInTransactionMs);
  }

  #remove(turn: Turn): void {
    clearTimeout(turn.timer);
    const at = this.#waiting.indexOf(turn);
    if (at >= 0) this.#waiting.splice(at, 1);
  }
}

/** Whose answers nobody reads. */
const NOBODY: Session = {
  lockTimeoutMs: 0,
  idleInTransactionMs: 0,
  send: () => {},
  destroy: () => {},
};
