import { z } from "zod";
import type { MessageBroker } from "@/lib/ports/message-broker";
import type { PresenceStore } from "@/lib/ports/session-store";
import type { Listener } from "./stream-listener";

/** Claims made at once after an outage: all of them would hold up everything else. */
const CLAIM_CHUNK = 200;

/** What workers tell each other of a stream's owner. */
export const ownerClaim = z.object({ owner: z.string(), connectedAt: z.number() });
export type OwnerClaim = z.output<typeof ownerClaim>;

interface StreamOwnersOptions {
  broker: Pick<MessageBroker, "healthy">;
  presence: Pick<PresenceStore, "members">;
  /** This worker's listeners, of one stream or of all. */
  listeners: (stream?: string) => Iterable<Listener>;
  /** Tells the other workers; never rejects. */
  tell: (stream: string, claim: OwnerClaim) => Promise<void>;
  /** Closes it, and takes it off the list. */
  replace: (listener: Listener) => void;
}

/**
 * Single-owner mode ([STR3]): the newest listener of a stream stays. There is no lock that a
 * dead worker could hold: every owner says that it is one, and whoever hears of a newer goes.
 *
 * Of two that did not know of each other the later claim always reaches the other's worker,
 * because every worker listens before it claims. If the later claim is not the newer owner's, it
 * is answered by a claim.
 */
export class StreamOwners {
  readonly #options: StreamOwnersOptions;
  #claiming: Promise<void> | null = null;

  constructor(options: StreamOwnersOptions) {
    this.#options = options;
  }

  /** Makes it newer than all that are known, however the workers' clocks differ. */
  async outdo(listener: Listener): Promise<void> {
    const members = await this.#options.presence.members(listener.stream);
    for (const { connectedAt } of members) {
      listener.connectedAt = Math.max(listener.connectedAt, connectedAt + 1);
    }
  }

  /** Says, here and elsewhere, that it is the owner. */
  async claim({ stream, id, connectedAt }: Listener): Promise<void> {
    const claim = { owner: id, connectedAt };
    this.hear(stream, claim);
    await this.#options.tell(stream, claim);
  }

  /** Somebody is the owner: all who are older go, who is newer says so. */
  hear(stream: string, claim: OwnerClaim): void {
    for (const listener of [...this.#options.listeners(stream)]) {
      if (listener.id === claim.owner) continue;
      if (isOlder(listener, claim)) this.#options.replace(listener);
      else if (listener.state === "open") void this.claim(listener);
    }
  }

  /** Messages were lost: owners that were made apart settle on the newest. */
  claimAll(): Promise<void> {
    this.#claiming ??= this.#claimInChunks().finally(() => {
      this.#claiming = null;
    });
    return this.#claiming;
  }

  async #claimInChunks(): Promise<void> {
    const { broker, listeners } = this.#options;
    const owners = [...listeners()].filter(({ state }) => state === "open");
    while (owners.length > 0 && broker.healthy) {
      await Promise.all(owners.splice(0, CLAIM_CHUNK).map((owner) => this.claim(owner)));
    }
  }
}

function isOlder({ id, connectedAt }: Listener, claim: OwnerClaim): boolean {
  return connectedAt < claim.connectedAt || (connectedAt === claim.connectedAt && id < claim.owner);
}
