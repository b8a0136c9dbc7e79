import { z } from "zod";
import { plural } from "@/lib/plural";
import { printable } from "./output";

/** What is printed of a banner; a newer server says more. */
const banner = z.object({
  id: z.string(),
  revision: z.number(),
  title: z.string().nullable(),
  message: z.string(),
  type: z.string(),
  created_by: z.string(),
  action: z.object({ label: z.string(), url: z.string() }).nullable(),
});

const frame = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("connected"),
    workspace: z.string(),
    worker_id: z.string(),
    user_id: z.string().nullable(),
    missed: z.number(),
    active: z.array(z.unknown()),
  }),
  z.object({
    type: z.enum(["active_broadcast", "new_broadcast", "broadcast_updated"]),
    broadcast: banner,
  }),
  z.object({ type: z.literal("broadcast_cleared"), broadcast_id: z.string(), reason: z.string() }),
  z.object({ type: z.literal("broadcast_acknowledged"), broadcast_id: z.string() }),
  z.object({
    type: z.literal("stats"),
    mode: z.string(),
    stats: z.object({ connections: z.number(), connected_users: z.number() }),
  }),
  z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
]);
type Frame = z.output<typeof frame>;

/** One frame for a person; null where there is nothing to say. */
export function describeFrame(value: unknown): string | null {
  const parsed = frame.safeParse(value);
  return parsed.success ? printable(lineOf(parsed.data)) : null;
}

const VERBS = {
  active_broadcast: "live",
  new_broadcast: "new",
  broadcast_updated: "changed",
} as const;

function lineOf(told: Frame): string {
  switch (told.type) {
    case "connected": {
      const who = told.user_id ?? "an anonymous visitor";
      const banners = plural(told.active.length, "banner");
      const missed = told.missed > 0 ? `, ${told.missed} of them new since the last visit` : "";
      return `Connected to ${told.workspace} on ${told.worker_id} as ${who}: ${banners}${missed}.`;
    }
    case "active_broadcast":
    case "new_broadcast":
    case "broadcast_updated":
      return `${VERBS[told.type].padEnd(8)} ${say(told.broadcast)}`;
    case "broadcast_cleared":
      return `gone     ${told.broadcast_id} (${told.reason})`;
    case "broadcast_acknowledged":
      return `done     ${told.broadcast_id} (dismissed)`;
    case "stats": {
      const { connections, connected_users: users } = told.stats;
      return `figures  ${plural(connections, "connection")}, ${plural(users, "recipient")}, ${told.mode}`;
    }
    case "error":
      return `error    ${told.message} (${told.code})`;
  }
}

function say({ id, type, title, message, action, created_by }: z.output<typeof banner>): string {
  const text = title ? `${title}: ${message}` : message;
  const link = action ? ` [${action.label}: ${action.url}]` : "";
  return `${id} ${type.padEnd(7)} ${text}${link} (by ${created_by})`;
}
