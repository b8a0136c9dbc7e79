import cluster from "node:cluster";
import { join } from "node:path";
import { AppError, isAppError } from "@/core/errors";
import { needsSetup, setupPath } from "@/lib/auth/setup";
import { creatorStats, liveReceipts } from "@/lib/broadcasts/stats";
import { ConfigurationError, type Env, parseEnv } from "@/lib/env";
import { createLogger } from "@/lib/logger";
import { findPackage } from "@/lib/package";
import { type Composition, compose, generateWorkerId } from "@/lib/runtime";
import { MissedBroadcasts } from "@/lib/sessions/missed";
import { AdmissionControl } from "./admission";
import { UsageError, variablesOf } from "./arguments";
import { sayWhereItIs } from "./banner";
import { sendAway } from "./drain";
import { loadEmbed } from "./embed";
import { createHttpServer } from "./http";
import { Hub } from "./hub";
import { openPages, type Pages } from "./pages";
import { RecipientFrames } from "./recipient-frames";
import { SessionStreams } from "./session-streams";
import { StatsFrames } from "./stats-frames";
import { StreamUpgrade } from "./stream-upgrade";
import { RecipientUpgrade } from "./upgrade";
import { readMetrics } from "./worker-metrics";
import { Workers } from "./workers";

/** [DEG7] Whatever hangs, the process is gone by then. */
const DRAIN_DEADLINE_MS = 25_000;
/**
 * Connections that the kernel holds until they are accepted; it takes its own limit (Linux: 4,096)
 * where that is lower. Beyond, a first packet is dropped and the client tries again ever later:
 * when all come back at once, Node's default of 511 is full in a moment ([DEG8]).
 */
const LISTEN_BACKLOG = 16_384;

await main();

async function main(): Promise<void> {
  const env = readEnv();
  if (env.workers > 1 && cluster.isPrimary) {
    new Workers(env, createLogger(env.logLevel, { worker: "primary" })).start();
    return;
  }
  const workerId = env.workerId ?? generateWorkerId(env.nodeId);
  const logger = createLogger(env.logLevel, { worker: workerId });
  const { root, version } = findPackage();
  try {
    // Side by side: what takes the database its time leaves this process little to do.
    const [composition, pages] = await Promise.all([
      compose({ env, logger, root, version, workerId }),
      env.role === "ws" ? null : openPages(root, env),
    ]);
    await serve(composition, pages, root);
  } catch (error) {
    if (!isAppError(error)) logger.fatal({ err: error }, "the server could not start");
    else logger.fatal(error.message);
    // What did start (timers, the embedded database) must not keep a server that serves nobody.
    process.exit(1);
  }
}

/** Why the port cannot be had, as a person can act on it. */
function inWords(error: NodeJS.ErrnoException, { host, port }: Env): Error {
  if (error.code !== "EADDRINUSE") return error;
  const sentence = `Port ${port} on ${host} is taken by another process. Stop it, or set PORT.`;
  return new AppError("conflict", sentence, { cause: error });
}

function readEnv(): Env {
  try {
    return parseEnv({ ...process.env, ...variablesOf(process.argv.slice(2)) });
  } catch (error) {
    if (!(error instanceof ConfigurationError) && !(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

async function serve(composition: Composition, pages: Pages | null, root: string): Promise<void> {
  const { runtime } = composition;
  const { env, logger } = runtime;
  const sockets = env.role === "web" ? null : openSockets(composition);
  readMetrics(composition, sockets);
  const server = createHttpServer({
    runtime,
    upgrade: sockets?.upgrade ?? null,
    streams: sockets?.streamUpgrade ?? null,
    pages,
    embed: await loadEmbed(join(root, "dist", "embed.js")),
    openConnections: () => sockets?.hub.registry.connections.size ?? 0,
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(inWords(error, env)));
    server.listen({ port: env.port, host: env.host, backlog: LISTEN_BACKLOG }, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : env.port;
  const setup = (await needsSetup()) ? setupPath(runtime.vault.setupToken) : null;
  // Of several workers their primary speaks for all.
  if (cluster.isPrimary) sayWhereItIs({ env, port, setupPath: setup, workerId: runtime.workerId });
  process.send?.({ type: "listening", port, setupUrl: setup });

  const stop = once(async () => {
    logger.info("stopping: clients are told to reconnect");
    setTimeout(() => process.exit(1), DRAIN_DEADLINE_MS).unref();
    runtime.health.draining = true;
    server.close();
    if (sockets) {
      sockets.upgrade.draining = true;
      sockets.streamUpgrade.draining = true;
      sockets.stats.close();
      await Promise.all([sendAway(sockets.hub), sockets.streams.close()]);
      sockets.hub.close();
    }
    server.closeIdleConnections();
    await pages?.close();
    await composition.close();
    logger.info("stopped");
    process.exit(0);
  });
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // A supervisor that went away took our pipes with it: nothing is left to serve for.
  process.on("disconnect", stop);
}

function openSockets(composition: Composition) {
  const { runtime, feed, delivery, acknowledgements } = composition;
  const { env, logger, authenticator, receipts, receiptQueue, sessions, metrics } = runtime;
  const hub = new Hub({
    feed,
    sessions,
    receipts,
    receiptQueue,
    acknowledgements,
    authenticator,
    missed: new MissedBroadcasts(runtime.history, feed),
    logger,
    workerId: runtime.workerId,
    pingIntervalMs: env.pingIntervalMs,
    underWay: composition.changesUnderWay,
    onPass: ({ ms, frames }) => {
      if (frames > 0) metrics.notePass(ms);
    },
  });
  const frames = new RecipientFrames({
    hub,
    feed,
    acknowledgements,
    receipts,
    receiptQueue,
    logger,
    framesPerSecond: env.limits.framesPerSecond,
    authenticate: (connection, token) => upgrade.authenticate(connection, token),
  });
  const admission = new AdmissionControl(env.limits);
  const onRefused = (reason: string) => metrics.noteRefused(reason);
  const upgrade = new RecipientUpgrade({
    admission,
    hub,
    frames,
    authenticator,
    acknowledger: acknowledgements,
    limits: env.limits,
    workerId: runtime.workerId,
    logger,
    onRefused,
    onOpened: () => metrics.noteOpened(),
    onClosed: (code) => metrics.noteClosed(code),
  });
  const streams = new SessionStreams({
    broker: runtime.broker,
    presence: runtime.presence,
    feed,
    authenticator,
    workerId: runtime.workerId,
    logger,
    mode: env.sessionStreamMode,
    framesPerSecond: env.limits.framesPerSecond,
    pingIntervalMs: env.pingIntervalMs,
  });
  const streamUpgrade = new StreamUpgrade({
    admission,
    streams,
    authenticator,
    limits: env.limits,
    workerId: runtime.workerId,
    open: env.allowOpenSessionStreams,
    logger,
    onRefused,
  });
  const stats = new StatsFrames({
    connections: hub.registry.ofTheTeam,
    read: (workspace, actor) => creatorStats({ workspace, actor }),
    receipts: liveReceipts,
    state: () => ({
      mode: delivery.mode,
      seq: feed.position.seq,
      troubles: runtime.health.troubles,
    }),
    logger,
  });
  delivery.countWith(hub);
  hub.start();
  streams.start();
  stats.start();
  return { admission, hub, upgrade, streams, streamUpgrade, stats };
}

function once(work: () => Promise<void>): () => void {
  let started = false;
  return () => {
    if (started) return;
    started = true;
    void work();
  };
}
