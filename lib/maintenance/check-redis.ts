import { pino } from "pino";
import { RedisConnection } from "../adapters/redis/redis-connection";
import { RedisMessageBroker } from "../adapters/redis/redis-message-broker";
import { type Check, checkClock, reasonOf } from "./check";

const CONNECT_WITHIN_MS = 5_000;
const ROUND_TRIP_WITHIN_MS = 3_000;
/** Brought `ZADD GT`, which the scripts use. */
const OLDEST = [6, 2] as const;

/** Asks Redis itself, by the same code as the server: answers, version, time, there and back. */
export async function checkRedis(url: string, prefix: string): Promise<Check[]> {
  const logger = pino({ level: "silent" });
  let connection: RedisConnection;
  try {
    connection = new RedisConnection({ url, prefix, logger });
  } catch (error) {
    return [{ name: "Redis", state: "problem", says: reasonOf(error) }];
  }
  const broker = new RedisMessageBroker({ connection, logger });
  try {
    if (!(await connection.connect(CONNECT_WITHIN_MS))) return [await awayBecause(connection)];
    return [
      await checkServer(connection),
      await checkTime(connection),
      await checkRoundTrip(broker),
      ...(await checkEviction(connection)),
    ];
  } catch (error) {
    return [{ name: "Redis", state: "problem", says: `answers with: ${reasonOf(error)}` }];
  } finally {
    await broker.close();
    await connection.close();
  }
}

async function awayBecause(connection: RedisConnection): Promise<Check> {
  const why = await connection.run("PING").then(
    () => "it came back just now",
    (error: unknown) => reasonOf(error),
  );
  const says =
    `does not answer (${why}). Servers go on in degraded mode: other replicas see a change ` +
    "within 3 s";
  return { name: "Redis", state: "problem", says };
}

async function checkServer(connection: RedisConnection): Promise<Check> {
  const askedAt = performance.now();
  const info = String(await connection.run("INFO", "server"));
  const tookMs = Math.round(performance.now() - askedAt);
  const version = /^(?:redis|valkey)_version:(\S+)/m.exec(info)?.[1] ?? "of an unknown version";
  const name = "Redis";
  if (isOlder(version)) {
    return { name, state: "problem", says: `is ${version}; 6.2 or later is needed` };
  }
  return { name, state: "ok", says: `${version} answers (${tookMs} ms)` };
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

async function checkTime(connection: RedisConnection): Promise<Check> {
  const askedAt = Date.now();
  const answer = await connection.run("TIME");
  const [seconds, micros] = Array.isArray(answer) ? answer.map(Number) : [];
  const theirs = (seconds ?? 0) * 1000 + (micros ?? 0) / 1000;
  return checkClock("Redis", theirs, askedAt, Date.now());
}

async function checkRoundTrip(broker: RedisMessageBroker): Promise<Check> {
  const name = "Pub/sub";
  const startedAt = performance.now();
  while (performance.now() - startedAt < ROUND_TRIP_WITHIN_MS) {
    const askedAt = performance.now();
    if (await broker.probe(ROUND_TRIP_WITHIN_MS / 3)) {
      const tookMs = Math.round(performance.now() - askedAt);
      return { name, state: "ok", says: `a message went through Redis and back in ${tookMs} ms` };
    }
  }
  const says = "a message did not come back. May this user subscribe (ACL, proxy in between)?";
  return { name, state: "problem", says };
}

/** Many services do not let us ask; then there is nothing to say. */
async function checkEviction(connection: RedisConnection): Promise<Check[]> {
  const answer = await connection.run("CONFIG", "GET", "maxmemory-policy").catch(() => null);
  const policy = Array.isArray(answer) ? String(answer[1]) : "noeviction";
  if (policy === "noeviction" || policy.startsWith("volatile-")) return [];
  const says =
    `maxmemory-policy is ${policy}: full memory throws away who is connected. ` +
    "Everything heals, but counts are wrong until then. Set noeviction";
  return [{ name: "Redis", state: "warning", says }];
}
