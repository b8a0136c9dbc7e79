import { type DestinationStream, type LoggerOptions, type Logger as PinoLogger, pino } from "pino";
import pretty from "pino-pretty";
import { withoutSecrets } from "./log-secrets";

export type Logger = PinoLogger;

/** Never written, at any depth that our own log lines have. */
const SECRET_PATHS = [
  "token",
  "password",
  "secret",
  "authorization",
  "cookie",
  "*.token",
  "*.password",
  "*.secret",
  "*.authorization",
  "*.cookie",
];

/** Causes of causes that are said. */
const MAX_CAUSES = 3;

/**
 * JSON lines on standard output; readable ones where a person is looking. Three things keep
 * secrets out ([SEC7]): fields named like one are not written, of errors only what we know to be
 * harmless is, and a last look takes out of the finished line whatever has the form of one.
 *
 * @param destination default: standard output
 */
export function createLogger(
  level: string,
  base: { worker: string },
  destination?: DestinationStream,
): Logger {
  const options: LoggerOptions = {
    level,
    base,
    redact: { paths: SECRET_PATHS, censor: "[redacted]" },
    serializers: { err: describeError },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: withoutSecrets },
  };
  if (destination) return pino(options, destination);
  if (!process.stdout.isTTY) return pino(options, toStandardOutput());
  return pino(
    options,
    pretty({
      colorize: true,
      ignore: "pid,hostname,worker",
      translateTime: "HH:MM:ss",
      sync: true,
    }),
  );
}

/** Of lines that whoever reads the log has not taken; beyond, none are written until it has. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/**
 * Nobody waits for a log ([DEG7]): a reader that is stopped costs lines, one that is gone all of
 * them. pino's own destination writes synchronously, and a full pipe would hold up everything.
 */
function toStandardOutput(): DestinationStream {
  const { stdout } = process;
  let isGone = false;
  stdout.on("error", () => {
    isGone = true;
  });
  return {
    write: (line) => {
      if (!isGone && stdout.writableLength < MAX_UNREAD_BYTES) stdout.write(line);
    },
  };
}

interface ErrorFields {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: ErrorFields;
}

/** Drivers hang whole commands and rows on their errors: only what is named here is written. */
function describeError(error: unknown, depth = 0): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message,
    ...("code" in error && { code: String(error.code) }),
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && depth < MAX_CAUSES && { cause: describeError(cause, depth + 1) }),
  };
}
