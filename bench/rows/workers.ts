import { setTimeout as sleep } from "node:timers/promises";
import { median, rounded } from "../figures";
import { now } from "../load-client";
import { startWsLoop } from "../peers";
import type { Outcome, Plan } from "../plan";
import { onServices } from "../services";
import { type Crowd, crowdOf, nextMark, type Subject } from "../subject";
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
          detail: `${rounded(median(two.perSecond))} : ${rounded(median(one.perSecond))} a second, clients not reading`,
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
      perSecond.push(...(await deliveriesPerSecond(crowd, ours)));
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

/** One after another, each when everybody has the one before; the clients read nothing. */
async function deliveriesPerSecond({ clients, size }: Crowd, subject: Subject): Promise<number[]> {
  await clients.lazy(true);
  const found: number[] = [];
  for (let n = 1; n <= BROADCASTS; n += 1) {
    const startedAt = now();
    const watched = clients.watchLast(Math.min(WATCHED, size), n);
    await subject.publish(`#${nextMark()}# Nobody looks yet`);
    found.push(size / (((await watched) - startedAt) / 1000));
  }
  await clients.lazy(false);
  return found;
}
