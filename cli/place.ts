import { join, resolve } from "node:path";
import { ConfigurationError, parseVariable } from "@/lib/env";
import { findPackage } from "@/lib/package";
import { CliError, EXIT } from "./failure";

/** What this machine has of an installation: the server's own variables, as far as they are set. */
export interface Place {
  env: NodeJS.ProcessEnv;
  /** Absolute. */
  dataDir: string;
  /** Null = embedded. */
  databaseUrl: string | null;
  redisUrl: string | null;
  redisPrefix: string;
  authSecret: string | null;
  /** This program's own. */
  migrations: string;
  version: string;
}

/** @throws CliError naming a variable that is wrong */
export function readPlace(env: NodeJS.ProcessEnv): Place {
  const { root, version } = findPackage();
  try {
    return {
      env,
      dataDir: resolve(parseVariable("DATA_DIR", env)),
      databaseUrl: parseVariable("DATABASE_URL", env) ?? null,
      redisUrl: parseVariable("REDIS_URL", env) ?? null,
      redisPrefix: parseVariable("REDIS_PREFIX", env),
      authSecret: parseVariable("AUTH_SECRET", env) ?? null,
      migrations: join(root, "prisma", "migrations"),
      version,
    };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new CliError(error.message, EXIT.usage);
  }
}
