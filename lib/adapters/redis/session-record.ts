import { z } from "zod";
import type { SessionOpening, StoredSession } from "@/lib/ports/session-store";
import { toList, toMs, toNumber, toText } from "./reply";

type Session = SessionOpening["session"];

/** Parsed where it is read: a worker of another version may have written it. */
const session = z.object({
  id: z.string(),
  workspaceId: z.string(),
  recipient: z.string(),
  label: z.string().nullable(),
  traits: z.record(z.string(), z.unknown()),
  roles: z.array(z.string()),
  locale: z.string().nullable(),
  client: z.string().nullable(),
}) satisfies z.ZodType<Session>;

/** A row as the scripts give it: data, connections, first, last, worker, node. Null = nothing there. */
export function toStoredSession(row: unknown, now: number): StoredSession | null {
  const [data, connections, first, last, workerId, nodeId] = toList(row);
  const parsed = session.safeParse(parseJson(toText(data)));
  if (!parsed.success) return null;
  const open = toNumber(connections);
  return {
    ...parsed.data,
    firstSeenAt: toMs(first),
    lastSeenAt: open > 0 ? now : toMs(last),
    workerId: toText(workerId),
    nodeId: toText(nodeId),
    connections: open,
  };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
