import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { z } from "zod";
import type { TraitValue } from "@/core/audience";
import { parseDuration } from "./duration";
import { CliError, EXIT } from "./failure";
import type { Output } from "./output";
import type { Place } from "./place";
import { examples, type Terminal } from "./terminal";

interface TokenOptions {
  user: string;
  name?: string;
  role?: string[];
  trait?: string[];
  locale?: string;
  expiresIn: string;
  /** A file with the workspace's token secret; `-` = standard input. */
  secretFile?: string;
}

export function addToken(program: Command, terminal: Terminal): void {
  program
    .command("token")
    .description("sign a user token for trying things, as the host product would")
    .requiredOption("--user <sub>", "the user's id")
    .option("--name <name>", "the user's name")
    .option("--role <role...>", "the user's roles")
    .option("--trait <name=value...>", "what broadcasts can be targeted by: plan=pro")
    .option("--locale <locale>", "the user's language")
    .option("--expires-in <duration>", "15m, 2h, 7d", "1h")
    .option("--secret-file <file>", "the workspace's token secret; - reads standard input")
    .addHelpText("after", HELP)
    .action((options: TokenOptions) =>
      terminal.say(() => token(terminal.place, terminal.connection.workspace, options)),
    );
}

const EXAMPLES = examples(
  "token --user u1 --role admin --trait plan=pro",
  "token --user u1 --secret-file secret.txt",
);

const HELP = `
Without --secret-file it reads the secret from the database, so it needs what a server needs:
DATA_DIR, or DATABASE_URL and AUTH_SECRET.
${EXAMPLES}`;

/** A signed user token, as the host product would make it. */
async function token(place: Place, workspace: string, options: TokenOptions): Promise<Output> {
  const expiresInS = Math.floor(parseDuration(options.expiresIn) / 1000);
  const { signUserToken } = await import("@/lib/auth/user-token");
  const secret =
    options.secretFile === undefined
      ? await kept(place, workspace)
      : await secretIn(options.secretFile);
  const traits = options.trait?.map(parseTrait);
  const signed = await signUserToken(secret, {
    sub: options.user,
    expiresInS,
    ...(options.name && { name: options.name }),
    ...(options.role && { roles: options.role }),
    ...(traits && { traits: Object.fromEntries(traits) }),
    ...(options.locale && { locale: options.locale }),
  });
  return { text: signed, data: { token: signed, expires_in_s: expiresInS } };
}

async function kept(place: Place, workspace: string): Promise<string> {
  const { readTokenSecret } = await import("@/lib/maintenance/token-secret");
  return readTokenSecret(place, workspace);
}

async function secretIn(file: string): Promise<string> {
  const content = file === "-" ? await text(process.stdin) : await readFile(file, "utf8");
  const secret = content.trim();
  if (secret !== "") return secret;
  throw new CliError(`${file} holds no secret.`, EXIT.usage);
}

const traitValue: z.ZodType<TraitValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(traitValue)]),
);

/** `plan=pro`, `seats=5`, `beta=true`, `tags=["a","b"]`: JSON where it is JSON, else text. */
export function parseTrait(written: string): [name: string, value: TraitValue] {
  const at = written.indexOf("=");
  if (at < 1) throw new CliError(`"${written}" is no trait; write name=value.`, EXIT.usage);
  const [name, value] = [written.slice(0, at), written.slice(at + 1)];
  const parsed = traitValue.safeParse(parseJson(value));
  if (parsed.success) return [name, parsed.data];
  throw new CliError(`The trait ${name} cannot be an object.`, EXIT.usage);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
