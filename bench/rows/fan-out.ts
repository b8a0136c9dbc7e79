import { setTimeout as sleep } from "node:timers/promises";
import { median, quantile, rounded } from "../figures";
import { now } from "../load-client";
import { startLoudhailer } from "../loudhailer";
import { watchOwnLoop } from "../own-loop";
import { startBareSend, startNchan, startSocketIo, startWsLoop } from "../peers";
import type { Outcome, Plan } from "../plan";
import { type Crowd, crowdOf, nextMark, type Subject } from "../subject";
import { userTokens } from "../tokens";

/** Connecting at once from the load client: a brisk crowd, no storm. */
const OPENING_AT_ONCE = 100;
/** Of a frame of more than 125 bytes and less than 64 KB. */
const HEADER_BYTES = 4;
/** The rest after a round, so that what it left to do is not the next one's. */
const REST_MS = 300;

interface Paced {
  /** CPU seconds of the server per million deliveries. */
  cpu: number[];
  databaseCpu: number[];
  /** From the request until the last client had it, ms. */
  last: number[];
  longestBlock: number[];
  /** The same of the bench's own loop, which is idle. */
  ownBlock: number[];
  clientShare: number[];
  /** Of a delivered frame. */
  frameBytes: number;
}

interface PacedTwice extends Paced {
  /** With peers' frames as long as ours. */
  cpuAsLong: number[];
}

/** By the server's name; a figure for each round. */
interface Found {
  /** Over the empty server, KB a connection. */
  memory: ReadonlyMap<string, number>;
  /** CPU of the server, µs a connection. */
  accepted: ReadonlyMap<string, number[]>;
  paced: ReadonlyMap<string, PacedTwice[]>;
  burst: ReadonlyMap<string, { cpu: number; ms: number }[]>;
}

/** Ours, and what it is compared with, all at once and in turns. */
export async function fanOut(plan: Plan): Promise<Outcome> {
  const ours = await startLoudhailer();
  const nchan = await startNchan();
  const peers = [await startWsLoop(), await startSocketIo(), await startBareSend()];
  const subjects: Subject[] = [ours, ...peers, ...(nchan ? [nchan] : [])];
  const crowds: Crowd[] = [];
  const memory = new Map<string, number>();
  try {
    for (const subject of subjects) {
      const tokens =
        subject === ours ? await userTokens(ours, plan.folder, plan.connections) : undefined;
      const crowd = await crowdOf(subject, plan.connections, tokens);
      crowds.push(crowd);
      memory.set(subject.name, await openAll(crowd));
    }
    let bytes = 0;
    const accepted = await inTurns(crowds, plan.rounds, async (crowd) => {
      // With something to look up: who has acknowledged it.
      if (crowd.subject === ours) await ours.say("Live while they come");
      return accept(crowd);
    });
    const paced = await inTurns(crowds, plan.rounds, async (crowd) => {
      const found = await pace(crowd, plan);
      if (crowd.subject === ours) bytes = found.frameBytes;
      return { ...found, cpuAsLong: await cpuAsLong(crowd, found) };
    });
    const burst = await inTurns(crowds, plan.rounds, (crowd) => burstOf(crowd, plan));
    if (plan.profiles) await profile(crowds[0], plan);
    return outcome(plan, crowds, { memory, accepted, paced, burst });

    async function cpuAsLong(crowd: Crowd, found: Paced): Promise<number[]> {
      if (crowd.subject === ours) return found.cpu;
      await begin(crowd);
      return (await pace(crowd, plan, (text) => crowd.subject.publish(text, bytes))).cpu;
    }
  } finally {
    for (const { clients } of crowds) await clients.stop();
    for (const subject of subjects) await subject.stop();
  }
}

/** Memory over the empty server, KB a connection. */
async function openAll({ subject, clients, size }: Crowd): Promise<number> {
  const empty = await subject.measured.memory();
  await clients.open(OPENING_AT_ONCE);
  await sleep(REST_MS);
  return ((await subject.measured.memory()) - empty) / size / 1024;
}

/** CPU of the server for each connection, µs; the second time, because it had rested before. */
async function accept({ subject, clients, size }: Crowd): Promise<number> {
  let cpuS = 0;
  for (let time = 0; time < 2; time += 1) {
    await clients.drop();
    await sleep(REST_MS * 5);
    const before = subject.measured.cpu();
    await clients.open(OPENING_AT_ONCE);
    await sleep(REST_MS);
    cpuS = subject.measured.cpu().server - before.server;
  }
  return (cpuS / size) * 1e6;
}

async function inTurns<T>(
  crowds: readonly Crowd[],
  rounds: number,
  measure: (crowd: Crowd) => Promise<T>,
): Promise<Map<string, T[]>> {
  const found = new Map<string, T[]>(crowds.map(({ subject }) => [subject.name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const crowd of crowds) {
      await begin(crowd);
      found.get(crowd.subject.name)?.push(await measure(crowd));
    }
  }
  return found;
}

async function begin({ subject, clients }: Crowd): Promise<void> {
  await subject.clear();
  await sleep(REST_MS);
  await clients.reset();
}

/** So many a second, whether or not the one before has reached everybody. */
export async function pace(
  { subject, clients, size }: Crowd,
  { paced, perSecond }: Pick<Plan, "paced" | "perSecond">,
  publish: (text: string) => Promise<unknown> = (text) => subject.publish(text),
): Promise<Paced> {
  await subject.measured.watchLoop();
  const ownBlock = watchOwnLoop();
  const before = { cpu: subject.measured.cpu(), at: now(), client: await clients.totals() };
  const sent: { mark: number; at: number }[] = [];
  const answers: Promise<unknown>[] = [];
  for (let n = 0; n < paced; n += 1) {
    const mark = nextMark();
    sent.push({ mark, at: now() });
    answers.push(publish(`#${mark}# The kitchen closes at five today`));
    await sleep(Math.max(0, before.at + ((n + 1) * 1000) / perSecond - now()));
  }
  await Promise.all(answers);
  const reachedAt = await clients.reached(paced * size);
  await sleep(REST_MS);
  const after = { cpu: subject.measured.cpu(), client: await clients.totals() };
  const first = sent[0]?.mark ?? 0;
  const marks = await clients.marks(first, first + paced);
  const millions = (paced * size) / 1e6;
  return {
    cpu: [(after.cpu.server - before.cpu.server) / millions],
    databaseCpu: [(after.cpu.database - before.cpu.database) / millions],
    last: sent.map(({ at }, n) => (marks[n]?.at ?? Number.NaN) - at),
    longestBlock: [await subject.measured.longestBlock()],
    ownBlock: [ownBlock()],
    clientShare: [(after.client.cpuS - before.client.cpuS) / ((reachedAt - before.at) / 1000)],
    frameBytes:
      Math.round(
        (after.client.bytes - before.client.bytes) / (after.client.frames - before.client.frames),
      ) - HEADER_BYTES,
  };
}

/** Published at once; CPU seconds of the server per million deliveries. */
async function burstOf({ subject, clients, size }: Crowd, { burst }: Plan) {
  const before = subject.measured.cpu();
  const startedAt = now();
  const texts = Array.from({ length: burst }, () => `#${nextMark()}# One of many at once`);
  await Promise.all(texts.map((text) => subject.publish(text)));
  const reachedAt = await clients.reached(burst * size);
  await sleep(REST_MS);
  const cpu = subject.measured.cpu().server - before.server;
  return { cpu: cpu / ((burst * size) / 1e6), ms: reachedAt - startedAt };
}

async function profile(crowd: Crowd | undefined, plan: Plan): Promise<void> {
  if (!crowd || !plan.profiles) return;
  const { subject, clients } = crowd;
  const works = {
    paced: () => pace(crowd, plan),
    burst: () => burstOf(crowd, plan),
    accept: () => clients.open(OPENING_AT_ONCE),
  };
  for (const [name, work] of Object.entries(works)) {
    const file = `${plan.profiles}/${name}`;
    for (const record of ["profiled", "allocations"] as const) {
      await subject.clear();
      if (name === "accept") await clients.drop();
      await clients.reset();
      const ending = record === "profiled" ? "cpuprofile" : "heapprofile";
      await subject.measured[record]<unknown>(`${file}.${ending}`, work);
    }
  }
}

function outcome(
  plan: Plan,
  crowds: readonly Crowd[],
  { memory, accepted, paced, burst }: Found,
): Outcome {
  const names = crowds.map(({ subject }) => subject.name);
  const of = (name: string, pick: (round: PacedTwice) => number[]) =>
    (paced.get(name) ?? []).flatMap(pick);
  const cpu = (name: string) => median(of(name, ({ cpu }) => cpu));
  const cpuAsLong = (name: string) => median(of(name, (round) => round.cpuAsLong));
  const last = (name: string) => median(of(name, ({ last }) => last));
  const burstCpu = (name: string) => median((burst.get(name) ?? []).map(({ cpu }) => cpu));
  const burstMs = (name: string) => median((burst.get(name) ?? []).map(({ ms }) => ms));
  const accept = (name: string) => median(accepted.get(name) ?? []);
  const memoryOf = (name: string) => memory.get(name) ?? Number.NaN;
  const us = "Loudhailer";
  const ratio = (what: string, figure: (name: string) => number, peer: string, limit: number) => ({
    what: `${what}, against ${peer}`,
    target: `≤ ${limit}`,
    limit,
    value: figure(us) / figure(peer),
    unit: "×",
    detail: `${rounded(figure(us))} : ${rounded(figure(peer))}`,
  });
  const pacedWhat = "CPU per million deliveries, one at a time";
  const bytes = median((paced.get(us) ?? []).map(({ frameBytes }) => frameBytes));
  const asLongWhat = `The same, their frames as long as ours (${rounded(bytes)} bytes)`;
  const burstWhat = `CPU per million deliveries, ${plan.burst} at once`;
  const chart = (file: string, title: string, unit: string, figure: (name: string) => number) => ({
    file,
    title,
    unit,
    bars: names.map((name) => ({ name, value: figure(name) })),
  });
  const clientShares = names.map(
    (name) => `${name} ${rounded(100 * median(of(name, (round) => round.clientShare)))} %`,
  );
  const spread = (values: number[]) =>
    `${rounded(quantile(values, 0))}–${rounded(quantile(values, 1))}`;
  return {
    lines: [
      ratio(pacedWhat, cpu, "ws loop", 0.95),
      ratio(pacedWhat, cpu, "socket.io", 0.65),
      ratio(pacedWhat, cpu, "one bare send", 1.4),
      ratio(asLongWhat, cpuAsLong, "ws loop", 0.95),
      ratio(asLongWhat, cpuAsLong, "socket.io", 0.65),
      ratio(asLongWhat, cpuAsLong, "one bare send", 1.4),
      ratio(burstWhat, burstCpu, "ws loop", 0.1),
      ratio(burstWhat, burstCpu, "one bare send", 0.5),
      ratio(`Until the last has it, ${plan.perSecond} a second`, last, "ws loop", 1),
      {
        what: "Longest block of the event loop, paced",
        target: "≤ 20 ms",
        limit: 20,
        value: median(of(us, (round) => round.longestBlock)),
        unit: "ms",
        detail: `ws loop ${rounded(median(of("ws loop", (round) => round.longestBlock)))} ms; the bench's own loop, idle meanwhile: ${rounded(median(of(us, (round) => round.ownBlock)))} ms`,
      },
      {
        what: "Memory per connection, over the empty server",
        target: "≤ 10 KB",
        limit: 10,
        value: memoryOf(us),
        unit: "KB",
        detail: names
          .slice(1)
          .map((name) => `${name} ${rounded(memoryOf(name))}`)
          .join(", "),
      },
      {
        ...ratio("CPU to accept a connection", accept, "socket.io", 1),
        detail: `${rounded(accept(us))} : ${rounded(accept("socket.io"))}; of a plain ws accept, ${rounded(accept("ws loop"))}: ours ${rounded(accept(us) / accept("ws loop"))} ×, socket.io's ${rounded(accept("socket.io") / accept("ws loop"))} ×`,
      },
    ],
    charts: [
      chart("paced-cpu", "Server CPU, one broadcast at a time", "s per million deliveries", cpu),
      chart(
        "burst-cpu",
        `Server CPU, ${plan.burst} broadcasts at once`,
        "s per million deliveries",
        burstCpu,
      ),
      chart("last", "Until the last client has it", "ms", last),
      chart("memory", "Memory per connection", "KB", memoryOf),
      chart("accept", "Server CPU to accept a connection", "µs", accept),
    ],
    notes: [
      `Load client's own CPU while paced, of one core: ${clientShares.join(", ")}.`,
      `Until the last has it, p50 (range): ${names.map((name) => `${name} ${rounded(last(name))} ms (${spread(of(name, (round) => round.last))})`).join(", ")}.`,
      `Burst, until the last has all: ${names.map((name) => `${name} ${rounded(burstMs(name))} ms`).join(", ")}.`,
      `CPU of the embedded database's own process beside it: ${rounded(median(of(us, (round) => round.databaseCpu)))} s per million deliveries.`,
      `Rounds, CPU paced: ${names.map((name) => `${name} ${spread(of(name, ({ cpu }) => cpu))}`).join(", ")}.`,
      `Rounds, accepting: ${names.map((name) => `${name} ${spread(accepted.get(name) ?? [])}`).join(", ")}.`,
    ],
  };
}
