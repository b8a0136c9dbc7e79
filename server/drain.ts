import type { Connection } from "./connection";
import type { Hub } from "./hub";

/** [DEG7] Clients are told to come back spread over this time. */
export const RECONNECT_SPREAD_MS = 5_000;
/** Connections told before the event loop gets a turn. */
const SLICE = 250;
const CLOSE_POLL_MS = 50;
const CLOSE_DEADLINE_MS = 3_000;

/** Tells every client to reconnect elsewhere, and waits until they are gone (or 3 s). */
export async function sendAway(hub: Hub): Promise<void> {
  const connections = [...hub.registry.connections];
  for (const [index, connection] of connections.entries()) {
    sendOneAway(connection);
    if (index % SLICE === SLICE - 1) await wait(0);
  }
  const deadline = performance.now() + CLOSE_DEADLINE_MS;
  while (hub.registry.connections.size > 0 && performance.now() < deadline) {
    await wait(CLOSE_POLL_MS);
  }
}

/** Each at its own moment: they do not all knock at once. */
export function sendOneAway(connection: Connection): void {
  connection.sendAway(Math.round(Math.random() * RECONNECT_SPREAD_MS));
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
