import { z } from "zod";
import type { Broadcast } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import type { IdempotentRequest, ServiceContext } from "../context";
import type { ChangeTransaction, FeedChange } from "../ports/broadcast-store";
import { runtime } from "../runtime-context";
import { findIn } from "./find";

/** A broadcast as committed, and the change to announce. */
export interface Changed {
  broadcast: Broadcast;
  change: FeedChange;
}

/** What is kept under an idempotency key: enough to give the answer again from the database. */
const keptAnswer = z.object({ broadcastId: z.string() });

/**
 * Runs a verb's transaction, under an `Idempotency-Key` at most once in 24 h ([PUB5]). A repeated
 * request finds the broadcast that the first one made and changes nothing: whether the first
 * answer was lost, its COMMIT's outcome is unknown, or both run at this moment, because the
 * counter's lock lets one look after the other.
 *
 * @throws AppError `idempotency_conflict` when the key was used for another request
 */
export async function changeOnce(
  ctx: ServiceContext,
  work: (tx: ChangeTransaction) => Promise<Broadcast>,
): Promise<Changed> {
  const { result, change } = await runtime().broadcasts.change(async (tx) => {
    const earlier = await findEarlier(tx, ctx);
    if (earlier) return earlier;
    const broadcast = await work(tx);
    if (ctx.idempotency) await keep(tx, ctx.idempotency, broadcast.id);
    return broadcast;
  });
  if (change.from !== change.to) return { broadcast: result, change };
  // Announced again: the first attempt may have died between its COMMIT and its announcement.
  return { broadcast: result, change: changeTo(result, change.epoch) };
}

async function findEarlier(tx: ChangeTransaction, ctx: ServiceContext): Promise<Broadcast | null> {
  if (!ctx.idempotency) return null;
  const { credential, key, requestHash } = ctx.idempotency;
  const answer = await tx.findAnswer(credential, key);
  if (!answer) return null;
  if (answer.requestHash !== requestHash) {
    throw new AppError(
      "idempotency_conflict",
      "This Idempotency-Key was used for another request. Use a new key for each request.",
    );
  }
  return findIn(tx, ctx, keptAnswer.parse(answer.response).broadcastId);
}

async function keep(
  tx: ChangeTransaction,
  { credential, key, requestHash }: IdempotentRequest,
  broadcastId: string,
): Promise<void> {
  await tx.keepAnswer(credential, key, { requestHash, status: 200, response: { broadcastId } });
}

function changeTo(broadcast: Broadcast, epoch: string): FeedChange {
  const { seq } = broadcast;
  return { epoch, from: seq - 1, to: seq, broadcasts: [broadcast], control: [] };
}
