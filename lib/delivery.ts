import { randomUUID } from "node:crypto";
import { statusOf } from "@/core/broadcast";
import type { Feed } from "./feed";
import type { Logger } from "./logger";
import { answerMessage, type ChangeMessage, changeMessage } from "./messages";
import type { FeedChange } from "./ports/broadcast-store";
import type { MessageBroker } from "./ports/message-broker";
import type { SessionStore } from "./ports/session-store";
import type { Delivery, DeliveryReport } from "./runtime-context";

/** [PUB1] A publisher waits so long for the other workers' counts, never longer. */
const ANSWER_TIMEOUT_MS = 250;
/** Who the other workers are is asked again after this. */
const WORKERS_FRESH_MS = 2_000;

const CHANGE_CHANNEL = "change";
const ANSWER_CHANNEL = "answer";

export interface Reach {
  connections: number;
  recipients: number;
}

/** Counts this worker's connections; the hub's part. */
export interface ReachCounter {
  /** Connections that are to see a live broadcast. */
  eligible(workspaceId: string, broadcastId: string): Reach;
  /** Connections whose screen has any of these. */
  showing(workspaceId: string, broadcastIds: readonly string[]): Reach;
}

interface DeliveryOptions {
  feed: Feed;
  broker: MessageBroker;
  sessions: Pick<SessionStore, "workers">;
  workerId: string;
  logger: Logger;
}

interface Question {
  expected: Set<string>;
  reach: Reach;
  answered: number;
  done: () => void;
}

/** Brings committed changes to this worker's feed at once, and to the others by message. */
export class FeedDelivery implements Delivery {
  readonly #options: DeliveryOptions;
  readonly #questions = new Map<string, Question>();
  /** Workers that did not answer in time; they are not waited for until they speak again. */
  readonly #silent = new Set<string>();
  readonly #unsubscribes: (() => Promise<void>)[] = [];
  #counter: ReachCounter = { eligible: () => NOBODY, showing: () => NOBODY };
  #workers: { ids: string[]; at: number } = { ids: [], at: Number.NEGATIVE_INFINITY };

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  get mode(): "live" | "degraded" {
    const { broker, feed } = this.#options;
    return broker.healthy && feed.databaseHealthy ? "live" : "degraded";
  }

  /** Workers that are not waited for. */
  get silentWorkers(): number {
    return this.#silent.size;
  }

  /** The hub counts from now on; a process without sockets counts nobody. */
  countWith(counter: ReachCounter): void {
    this.#counter = counter;
  }

  async start(): Promise<void> {
    const { broker, feed, workerId, logger } = this.#options;
    this.#unsubscribes.push(
      await broker.subscribe(CHANGE_CHANNEL, (message) => {
        const parsed = changeMessage.safeParse(message);
        if (!parsed.success) {
          logger.warn("a change from another version could not be read; the feed will load it");
          return;
        }
        if (parsed.data.workerId !== workerId) void this.#take(parsed.data);
      }),
      await broker.subscribe(`${ANSWER_CHANNEL}:${workerId}`, (message) => {
        const parsed = answerMessage.safeParse(message);
        if (parsed.success) this.#note(parsed.data);
      }),
    );
    broker.onReady(() => void feed.check());
    broker.onHealth(() => {
      // Who the others are was asked while they could not be seen.
      this.#workers = { ...this.#workers, at: Number.NEGATIVE_INFINITY };
      feed.reconsiderInterval();
    });
  }

  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribes.splice(0)) await unsubscribe();
  }

  async announce(change: FeedChange, broadcastId: string | null): Promise<DeliveryReport> {
    const others = await this.#otherWorkers();
    const expected = new Set(others.filter((id) => !this.#silent.has(id)));
    const question: Question = {
      expected: new Set(expected),
      reach: NOBODY,
      answered: 0,
      done: () => undefined,
    };
    const id = randomUUID();
    const answers = this.#ask(id, question);
    const told = this.#tell(change, { id, broadcastId });
    const here = await this.#applyHere(change, broadcastId);
    if (!(await told)) question.done();
    await answers;
    this.#questions.delete(id);
    return {
      mode: this.mode,
      sentToConnections: here.connections + question.reach.connections,
      sentToRecipients: here.recipients + question.reach.recipients,
      workersAnswered: 1 + question.answered,
      workersExpected: 1 + others.length,
    };
  }

  async #tell(change: FeedChange, question: ChangeMessage["question"]): Promise<boolean> {
    const message: ChangeMessage = { workerId: this.#options.workerId, question, change };
    try {
      await this.#options.broker.publish(CHANGE_CHANNEL, message);
      return true;
    } catch {
      // Not lost: it is in the database, where every worker looks once a second now.
      return false;
    }
  }

  #ask(id: string, question: Question): Promise<void> {
    if (question.expected.size === 0) return Promise.resolve();
    this.#questions.set(id, question);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        for (const worker of question.expected) this.#silent.add(worker);
        resolve();
      }, ANSWER_TIMEOUT_MS);
      question.done = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #note(answer: { workerId: string; questionId: string } & Reach): void {
    this.#silent.delete(answer.workerId);
    const question = this.#questions.get(answer.questionId);
    if (!question?.expected.delete(answer.workerId)) return;
    question.answered += 1;
    question.reach = {
      connections: question.reach.connections + answer.connections,
      recipients: question.reach.recipients + answer.recipients,
    };
    if (question.expected.size === 0) question.done();
  }

  /** Another worker's change: apply, then say how many it concerns here. */
  async #take(message: ChangeMessage): Promise<void> {
    this.#silent.delete(message.workerId);
    const reach = await this.#applyHere(message.change, message.question?.broadcastId ?? null);
    if (!message.question) return;
    this.#options.broker
      .publish(`${ANSWER_CHANNEL}:${message.workerId}`, {
        workerId: this.#options.workerId,
        questionId: message.question.id,
        ...reach,
      })
      .catch(() => {
        // The publisher stops waiting by itself.
      });
  }

  async #applyHere(change: FeedChange, broadcastId: string | null): Promise<Reach> {
    const { feed } = this.#options;
    const named = change.broadcasts.find((row) => row.id === broadcastId);
    feed.witness(change.broadcasts);
    const isLive = named !== undefined && statusOf(named, feed.now()) === "live";
    // What leaves the screen is counted before it does.
    const leaving = isLive ? NOBODY : this.#countLeaving(change);
    if (feed.apply(change) === "doubt") {
      await feed.catchUp({ epoch: change.epoch, seq: change.to });
    }
    // Changed settings are loaded: whoever is answered now must find them obeyed.
    if (change.control.length > 0) await feed.settled();
    return isLive ? this.#counter.eligible(named.workspaceId, named.id) : leaving;
  }

  #countLeaving(change: FeedChange): Reach {
    const now = this.#options.feed.now();
    const leaving = change.broadcasts.filter((row) => statusOf(row, now) !== "live");
    const workspaceId = leaving[0]?.workspaceId;
    if (workspaceId === undefined) return NOBODY;
    return this.#counter.showing(
      workspaceId,
      leaving.map((row) => row.id),
    );
  }

  /** Live workers besides this one, at most 2 s old; none where nobody can be asked. */
  async #otherWorkers(): Promise<string[]> {
    const { sessions, workerId, logger } = this.#options;
    if (performance.now() - this.#workers.at < WORKERS_FRESH_MS) return this.#workers.ids;
    try {
      const workers = await sessions.workers();
      const ids = workers.map((worker) => worker.workerId).filter((id) => id !== workerId);
      this.#workers = { ids, at: performance.now() };
      for (const silent of this.#silent) if (!ids.includes(silent)) this.#silent.delete(silent);
    } catch (err) {
      logger.debug({ err }, "the other workers are not known now");
      this.#workers = { ...this.#workers, at: performance.now() };
    }
    return this.#workers.ids;
  }
}

const NOBODY: Reach = { connections: 0, recipients: 0 };
