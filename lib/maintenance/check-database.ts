import { readdir } from "node:fs/promises";
import type { Client } from "pg";
import { secretFingerprint } from "../auth/secrets";
import { type Check, checkClock, reasonOf } from "./check";
import { openClient } from "./embedded-data";
import { appliedMigrations } from "./schema-history";

/** Nothing that is asked here takes long in a database that works. */
const ANSWER_WITHIN_MS = 5_000;

interface DatabaseQuestion {
  url: string;
  /** The program's own. */
  migrations: string;
  /** This machine's; null = not known here. */
  authSecret: string | null;
}

/** Asks the database itself: does it answer, is its schema ours, whose secret, what time. */
export async function checkDatabase(question: DatabaseQuestion): Promise<Check[]> {
  const askedAt = Date.now();
  let client: Client;
  try {
    client = await openClient(question.url, ANSWER_WITHIN_MS);
  } catch (error) {
    const says = `does not answer (${reasonOf(error)}). Is it running, and DATABASE_URL right?`;
    return [{ name: "Database", state: "problem", says }];
  }
  try {
    const connectedAt = Date.now();
    const { rows } = await client.query<{ now: string; version: string }>(
      `SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now,
         current_setting('server_version') AS version`,
    );
    const [answer] = rows;
    return [
      {
        name: "Database",
        state: "ok",
        says: `PostgreSQL ${answer?.version} answers (${connectedAt - askedAt} ms to connect)`,
      },
      checkClock("the database", Number(answer?.now), connectedAt, Date.now()),
      await checkSchema(client, question.migrations),
      await checkSecret(client, question.authSecret),
    ];
  } catch (error) {
    return [{ name: "Database", state: "problem", says: `answers with: ${reasonOf(error)}` }];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkSchema(client: Client, directory: string): Promise<Check> {
  const name = "Schema";
  const { rows } = await client.query<{ found: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found",
  );
  if (!rows[0]?.found) {
    return { name, state: "warning", says: "is not there yet; the first server makes it" };
  }
  const applied = new Set(await appliedMigrations(client));
  const known = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const missing = known.filter((migration) => !applied.has(migration));
  const newer = [...applied].filter((migration) => !known.includes(migration));
  if (missing.length > 0) {
    const says = `lacks ${missing.join(", ")}; the next server of this version adds it`;
    return { name, state: "warning", says };
  }
  if (newer.length > 0) {
    const says = `is a newer version's (${newer.join(", ")}); this one runs on it all the same`;
    return { name, state: "ok", says };
  }
  return { name, state: "ok", says: "is this version's" };
}

async function checkSecret(client: Client, authSecret: string | null): Promise<Check> {
  const name = "Secret";
  const { rows } = await client
    .query<{ fingerprint: string | null }>(
      "SELECT secret_fingerprint AS fingerprint FROM installation",
    )
    .catch(() => ({ rows: [] }));
  const fingerprint = rows[0]?.fingerprint ?? null;
  if (fingerprint === null) {
    return { name, state: "ok", says: "the first server to start decides it" };
  }
  if (authSecret === null) {
    return {
      name,
      state: "ok",
      says: "is the same on every replica that runs: one with another refuses to start",
    };
  }
  if (secretFingerprint(authSecret) === fingerprint) {
    return { name, state: "ok", says: "AUTH_SECRET is the one that every replica has" };
  }
  return {
    name,
    state: "problem",
    says: "this AUTH_SECRET is not the one of the database: a server with it refuses to start",
  };
}
