import { parseArgs } from "node:util";

const USAGE = "Usage: npm start -- [--workers <count>]   Everything else is the environment's.";

/** The command line is wrong; says how it goes. */
export class UsageError extends Error {}

/**
 * What the command line says, as variables: they win over the environment.
 * @throws UsageError
 */
export function variablesOf(args: readonly string[]): Record<string, string> {
  try {
    const { values } = parseArgs({ args: [...args], options: { workers: { type: "string" } } });
    return values.workers === undefined ? {} : { WORKERS: values.workers };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${why}\n${USAGE}`, { cause: error });
  }
}
