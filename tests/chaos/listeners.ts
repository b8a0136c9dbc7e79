import { setTimeout as sleep } from "node:timers/promises";
import { StreamClient } from "@/tests/support/stream-client";
import { eventually } from "./eventually";
import type { Stage } from "./stage";

/** Below the frames that a connection may send in a second. */
const ASK_EVERY_MS = 100;

/** A listener of one stream on each replica, so that presence can be asked for. */
export async function listen({ actors, cookie }: Stage, stream: string): Promise<StreamClient[]> {
  const listeners = await Promise.all(
    actors.map(({ replica: { url } }) => StreamClient.join(url, stream, { cookie, origin: url })),
  );
  for (const listener of listeners) await listener.hello();
  return listeners;
}

/** Resolves when the stream has so many listeners, by what one of them is told. */
export function present(
  listener: StreamClient | undefined,
  count: number,
  withinMs: number,
): Promise<void> {
  return eventually(`${count} to be present`, withinMs, async () => {
    await sleep(ASK_EVERY_MS);
    const presence = await listener?.presence();
    return presence?.count === count ? null : `${presence?.count} are`;
  });
}
