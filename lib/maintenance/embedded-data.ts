import { existsSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { AppError } from "@/core/errors";
import { runningEmbeddedUrl, startEmbedded } from "../embedded/embedded";

/** A way to the embedded data. */
export interface EmbeddedData {
  client: Client;
  url: string;
  /** Through the server that has them open; else they were opened for this alone. */
  shared: boolean;
  close(): Promise<void>;
}

const NOBODY_LISTENS = new Set(["ECONNREFUSED", "ENOENT"]);

/**
 * Opens the embedded data of a folder: through the server that has them, where there is one, else
 * by itself.
 * @param dataDir absolute
 * @param exclusive refuse while a server has them: it would not see what is changed, or go on
 * changing what is being copied
 * @throws AppError `not_found` where there are no data, `conflict` when they are in use
 */
export async function openEmbeddedData(
  dataDir: string,
  { exclusive = false } = {},
): Promise<EmbeddedData> {
  if (!existsSync(join(dataDir, "db"))) {
    throw new AppError("not_found", `There are no embedded data in ${dataDir} (DATA_DIR).`);
  }
  const shared = exclusive ? null : await openShared(dataDir);
  return shared ?? openAlone(dataDir);
}

async function openShared(dataDir: string): Promise<EmbeddedData | null> {
  const url = runningEmbeddedUrl(dataDir);
  if (url === null) return null;
  try {
    const client = await openClient(url);
    return { client, url, shared: true, close: () => client.end() };
  } catch (error) {
    // Left behind by a process that was killed.
    if (error instanceof Error && "code" in error && NOBODY_LISTENS.has(String(error.code))) {
      return null;
    }
    throw error;
  }
}

async function openAlone(dataDir: string): Promise<EmbeddedData> {
  const embedded = await startEmbedded({ dataDir, log: () => undefined });
  try {
    const client = await openClient(embedded.url);
    const close = async () => {
      await client.end();
      await embedded.stop();
    };
    return { client, url: embedded.url, shared: false, close };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/**
 * One connection to a PostgreSQL database, for a tool.
 * @param queryTimeoutMs an answer that takes longer is an error; default: as long as it takes
 */
export async function openClient(url: string, queryTimeoutMs?: number): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: "loudhailer tool",
    connectionTimeoutMillis: 5_000,
    ...(queryTimeoutMs !== undefined && { query_timeout: queryTimeoutMs }),
    keepAlive: true,
  });
  // A connection that breaks while nothing runs must not end the process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
