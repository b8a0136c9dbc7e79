import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CLOSE } from "@/core/close-codes";
import { aViewer } from "@/tests/support/broadcasts";
import { LoneWorker } from "@/tests/support/lone-worker";
import { Wire } from "@/tests/support/wire";
import { RECONNECT_SPREAD_MS, sendAway } from "./drain";

/** More than one slice. */
const CLIENTS = 600;

let worker: LoneWorker;
beforeEach(async () => {
  worker = new LoneWorker();
  await worker.start();
});
afterEach(() => worker.stop());

interface Client {
  wire: Wire;
  /** Codes of the closes that it was sent. */
  closes: number[];
}

/** @param obedient leaves when it is told to */
async function join(obedient: boolean): Promise<Client> {
  const closes: number[] = [];
  const wire = new Wire();
  const connection = await worker.join(aViewer(), wire, null, (code) => {
    closes.push(code);
    if (obedient) queueMicrotask(() => worker.hub.leave(connection));
  });
  return { wire, closes };
}

test("[DEG7] each is told once when to come back, spread over the time, and closed with 1012", async () => {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => join(true)));
  await sendAway(worker.hub);
  const waits = clients.map(({ wire, closes }) => {
    expect(closes).toEqual([CLOSE.restarting.code]);
    const told = wire.frames.filter((frame) => frame.type === "reconnect");
    expect(told).toHaveLength(1);
    return told[0]?.type === "reconnect" ? told[0].after_ms : -1;
  });
  for (const wait of waits) {
    expect(wait).toBeGreaterThanOrEqual(0);
    expect(wait).toBeLessThanOrEqual(RECONNECT_SPREAD_MS);
  }
  // A fifth of the time gets a fifth of the clients: 120, give or take more than chance will.
  for (let fifth = 0; fifth < 5; fifth += 1) {
    const from = (fifth * RECONNECT_SPREAD_MS) / 5;
    const inIt = waits.filter((ms) => ms >= from && ms < from + RECONNECT_SPREAD_MS / 5);
    expect(inIt.length).toBeGreaterThan(50);
    expect(inIt.length).toBeLessThan(190);
  }
  expect(worker.hub.registry.connections.size).toBe(0);
});

test("[DEG7] one that does not leave is waited for, though not for ever", async () => {
  await Promise.all([join(true), join(false)]);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    let done = false;
    const sent = sendAway(worker.hub).then(() => {
      done = true;
    });
    await vi.advanceTimersByTimeAsync(2_900);
    expect(done).toBe(false);
    expect(worker.hub.registry.connections.size).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    await sent;
    expect(done).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
