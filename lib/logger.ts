import { type Logger as PinoLogger, pino } from "pino";
import pretty from "pino-pretty";

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

/** JSON lines on standard output; readable ones where a person is looking. */
export function createLogger(level: string, base: { worker: string }): Logger {
  const options = {
    level,
    base,
    redact: { paths: SECRET_PATHS, censor: "[redacted]" },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (!process.stdout.isTTY) return pino(options);
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
