import { z } from "zod";

/** What the server tells the embedded database's process. A closed channel means: end. */
export const parentMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("start"),
    /** Holds `db` and `lock`. */
    dataDir: z.string(),
    endpoint: z.union([
      z.object({ path: z.string() }),
      // Where there are no Unix sockets: everybody on this machine can reach a port.
      z.object({ port: z.number(), password: z.string() }),
    ]),
    serverPid: z.number(),
    serverStartedAt: z.number(),
  }),
  z.object({ type: z.literal("ping") }),
]);
export type ParentMessage = z.output<typeof parentMessage>;
export type StartMessage = Extract<ParentMessage, { type: "start" }>;
export type Endpoint = StartMessage["endpoint"];

/** What the embedded database's process tells the server. */
export const childMessage = z.discriminatedUnion("type", [
  /** It takes connections; `port` is 0 on a Unix socket. */
  z.object({ type: z.literal("ready"), port: z.number() }),
  z.object({ type: z.literal("held"), pid: z.number(), startedAt: z.number() }),
  z.object({ type: z.literal("failed"), message: z.string() }),
  z.object({ type: z.literal("pong") }),
]);
export type ChildMessage = z.output<typeof childMessage>;
