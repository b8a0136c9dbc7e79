import { z } from "zod";
import { broadcastView } from "./broadcast-view";

const count = z.int().min(0);

/** Who got a change at once ([PUB1]). */
export const deliveryView = z.object({
  mode: z.enum(["live", "degraded"]),
  /** Connections it was queued to, or whose screens it left. */
  sentToUsers: count,
  sentToRecipients: count,
  workersAnswered: count,
  workersExpected: count,
  /** Unexpired sessions; null when targeted. */
  storedForSessions: count.nullable(),
});

export const deliveredView = z.object({ broadcast: broadcastView, delivery: deliveryView });
export const clearedView = z.object({ broadcasts: z.array(broadcastView), delivery: deliveryView });
