import type { Client } from "pg";
import { AppError } from "@/core/errors";
import { readGeneratedSecret, unseal } from "../auth/secrets";
import { openClient, openEmbeddedData } from "./embedded-data";

interface Whereabouts {
  /** Absolute. */
  dataDir: string;
  /** Null = embedded. */
  databaseUrl: string | null;
  /** Null = the one in `dataDir`. */
  authSecret: string | null;
}

/**
 * The newest secret that user tokens of a workspace are signed with: for whoever has the database
 * and AUTH_SECRET, which is all there is to have. Nobody else is given it, and no API signs.
 * @throws AppError `not_found`, `conflict`
 */
export async function readTokenSecret(where: Whereabouts, workspace: string): Promise<string> {
  const authSecret = where.authSecret ?? (await generatedSecret(where.dataDir));
  const { client, close } = await open(where);
  try {
    const sealed = await sealedSecret(client, workspace);
    return unsealed(authSecret, sealed);
  } finally {
    await close();
  }
}

async function open({ dataDir, databaseUrl }: Whereabouts) {
  if (databaseUrl === null) return openEmbeddedData(dataDir);
  const client = await openClient(databaseUrl);
  return { client, close: () => client.end() };
}

async function generatedSecret(dataDir: string): Promise<string> {
  const secret = await readGeneratedSecret(dataDir);
  if (secret !== null) return secret;
  throw new AppError("not_found", `AUTH_SECRET is not set, and there is none in ${dataDir}.`);
}

async function sealedSecret(client: Client, workspace: string): Promise<string> {
  const { rows } = await client.query<{ sealed: string }>(
    `SELECT sealed FROM token_secret JOIN workspace ON workspace.id = workspace_id
     WHERE slug = $1 AND revoked_at IS NULL ORDER BY token_secret.created_at DESC LIMIT 1`,
    [workspace],
  );
  const newest = rows[0];
  if (newest) return newest.sealed;
  throw new AppError("not_found", `There is no workspace "${workspace}" with a token secret.`);
}

function unsealed(authSecret: string, sealed: string): string {
  try {
    return unseal(authSecret, sealed);
  } catch (cause) {
    throw new AppError("conflict", "This AUTH_SECRET is not the one of that database.", { cause });
  }
}
