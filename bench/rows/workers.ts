import { setTimeout as sleep } from "node:timers/promises";
import { median, rounded } from "../figures";
import { now } from "../load-client";
import { startWsLoop } from "../peers";
import type { Outcome, Plan } from "../plan";
import { onServices } from "../services";
import { type Crowd, crowdOf, nextMark } from "../subject";
import { pace } from "./fan-out";

/** Clients that are looked at to see that everybody has it: the last to join, on either worker. */
const WATCHED = 200;
const BROADCASTS = 10;

/** One worker, two, and the plain loop; how soon the last has it and how many it is a second. */
export async function workers(plan: Plan): Promise<Outcome> {
  const loop = await startWsLoop();
  try {
    const peer = await crowdOf(loop, plan.connections);
    await peer.clients.open(100);
    const [one, two] = [await measure(1, plan, peer), await measure(2, plan, peer)];
    const machine = await gainOfTwo(plan, peer);
    await peer.clients.stop();
    return {
      lines: [
        {
          what: "Until the last has it, two workers, against ws loop",
          target: "≤ 0.8",
          limit: 0.8,
          value: median(two.last) / median(two.peerLast),
          unit: "×",
          detail: `${rounded(median(two.last))} : ${rounded(median(two.peerLast))} ms, in turns; one worker ${rounded(median(one.last) / median(one.peerLast))} ×`,
        },
        {
          what: "Deliveries a second, two workers against one",
          target: "≥ 1.7",
          limit: 1.7,
          atLeast: true,
          value: median(two.perSecond) / median(one.perSecond),
          unit: "×",
          detail: `${rounded(median(two.perSecond))} : ${rounded(median(one.perSecond))} a second, clients not reading; two plain loops beside each other, of one: ${rounded(machine)} ×`,
        },
      ],
    };
  } finally {
    await loop.stop();
  }
}

async function measure(count: number, plan: Plan, peer: Crowd) {
  const options = { redis: true, env: { WORKERS: String(count) } };
  return onServices(options, async (ours) => {
    const crowd = await crowdOf(ours, plan.connections);
    await crowd.clients.open(100);
    const last: number[] = [];
    const peerLast: number[] = [];
    const perSecond: number[] = [];
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const [one, found] of [
        [peer, peerLast],
        [crowd, last],
      ] as const) {
        await ready(one);
        found.push(...(await pace(one, plan)).last);
      }
      await ready(crowd);
      perSecond.push(...(await deliveriesPerSecond([crowd])));
    }
    await crowd.clients.stop();
    return { last, peerLast, perSecond };
  });
}

async function ready({ subject, clients }: Crowd): Promise<void> {
  await subject.clear();
  await sleep(500);
  await clients.reset();
}

/**
 * What the machine gives to two processes that have nothing to do with each other: deliveries a
 * second of two plain loops with half of the clients each, of those of one with all.
 */
async function gainOfTwo(plan: Plan, whole: Crowd): Promise<number> {
  const loops = [await startWsLoop(), await startWsLoop()];
  try {
    const halves: Crowd[] = [];
    for (const loop of loops) halves.push(await crowdOf(loop, plan.connections / 2));
    for (const { clients } of halves) await clients.open(100);
    const one: number[] = [];
    const two: number[] = [];
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const [crowds, found] of [
        [[whole], one],
        [halves, two],
      ] as const) {
        for (const crowd of crowds) await ready(crowd);
        found.push(...(await deliveriesPerSecond(crowds)));
      }
    }
    for (const { clients } of halves) await clients.stop();
    return median(two) / median(one);
  } finally {
    for (const loop of loops) await loop.stop();
  }
}

/** One after another, each when everybody has the one before; the clients read nothing. */
async function deliveriesPerSecond(crowds: readonly Crowd[]): Promise<number[]> {
  const found: number[] = [];
  const everybody = crowds.reduce((sum, { size }) => sum + size, 0);
  for (const { clients } of crowds) await clients.lazy(true);
  for (let n = 1; n <= BROADCASTS; n += 1) {
    const startedAt = now();
    const watched = crowds.map(({ clients, size }) =>
      clients.watchLast(Math.min(WATCHED, size), n),
    );
    const text = `#${nextMark()}# Nobody looks yet`;
    await Promise.all(crowds.map(({ subject }) => subject.publish(text)));
    const seenAt = Math.max(...(await Promise.all(watched)));
    found.push(everybody / ((seenAt - startedAt) / 1000));
  }
  for (const { clients } of crowds) await clients.lazy(false);
  return found;
}
