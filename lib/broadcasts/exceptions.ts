import { AppError, isAppError } from "@/core/errors";
import { Batcher } from "../batcher";
import type { RecipientException } from "../ports/receipt-store";
import { type Runtime, runtime } from "../runtime-context";

interface Question {
  workspaceId: string;
  recipient: string;
}

/** Polls that arrive within this share one query ([DEG8]), ms. */
const WINDOW_MS = 10;
const MAX_BATCH = 1_000;
const MAX_WAITING = 20_000;

const batchers = new WeakMap<Runtime, Batcher<Question, RecipientException[]>>();

/**
 * What a recipient dismissed or snoozed of what is live; null when the database is away, and
 * nobody knows ([DEG5]).
 */
export async function exceptionsOf(question: Question): Promise<RecipientException[] | null> {
  const { health } = runtime();
  if (health.troubles.includes("database")) return null;
  try {
    return await batcherOf(runtime()).add(question);
  } catch (error) {
    if (isAppError(error) && error.code === "unavailable") return null;
    throw error;
  }
}

function batcherOf(process: Runtime): Batcher<Question, RecipientException[]> {
  const known = batchers.get(process);
  if (known) return known;
  const batcher = new Batcher<Question, RecipientException[]>({
    run: (questions) => load(process, questions),
    windowMs: WINDOW_MS,
    maxItems: MAX_BATCH,
    maxWaiting: MAX_WAITING,
    onFull: () => new AppError("unavailable", "Too many are asking. Try again shortly."),
  });
  batchers.set(process, batcher);
  return batcher;
}

async function load(
  { feed, receipts }: Runtime,
  questions: readonly Question[],
): Promise<RecipientException[][]> {
  const workspaces = new Set(questions.map(({ workspaceId }) => workspaceId));
  const ids = [...workspaces].flatMap((id) => feed.broadcastsOf(id).map((row) => row.id));
  if (ids.length === 0) return questions.map(() => []);
  const recipients = [...new Set(questions.map(({ recipient }) => recipient))];
  const found = await receipts.exceptionsOf(recipients, ids);
  return questions.map(({ recipient }) => found.get(recipient) ?? []);
}
