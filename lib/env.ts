import { hostname } from "node:os";
import { z } from "zod";
import { closest } from "./closest";

/** `true`/`false`, `1`/`0`, `yes`/`no`; anything else is an error. */
const flag = z
  .string()
  .transform((value) => value.toLowerCase())
  .pipe(z.enum(["true", "false", "1", "0", "yes", "no"]))
  .transform((value) => value === "true" || value === "1" || value === "yes");

const count = z.coerce.number().int().min(0);
const url = (protocols: string[]) =>
  z.string().refine((value) => protocols.some((protocol) => value.startsWith(`${protocol}//`)), {
    message: `must start with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
  });

/** One environment variable: how it is read, and what its documentation says. */
interface Variable<T extends z.ZodType> {
  schema: T;
  /** The default as documentation prints it. */
  default: string;
  description: string;
}

function variable<T extends z.ZodType>(
  schema: T,
  documentedDefault: string,
  description: string,
): Variable<T> {
  return { schema, default: documentedDefault, description };
}

/** Every variable that the server reads (SPEC § 14, [SEC5]); the names are fixed. */
export const VARIABLES = {
  PORT: variable(
    z.coerce.number().int().min(0).max(65535).default(3000),
    "3000",
    "0 takes a free one.",
  ),
  HOST: variable(z.string().default("0.0.0.0"), "0.0.0.0", "Address to listen on."),
  DATA_DIR: variable(
    z.string().default("./.data"),
    "./.data",
    "The embedded database and the generated secrets.",
  ),
  DATABASE_URL: variable(
    url(["postgres:", "postgresql:"]).optional(),
    "none: embedded PostgreSQL",
    "A PostgreSQL server, 13 or later.",
  ),
  DATABASE_POOL_SIZE: variable(
    z.coerce.number().int().min(2).max(200).default(10),
    "10",
    "Connections that one worker may open to the database.",
  ),
  REDIS_URL: variable(
    url(["redis:", "rediss:", "redis+sentinel:", "redis+cluster:"]).optional(),
    "none: in memory, one worker",
    "`redis://`, `rediss://`, `redis+sentinel://host,host/name`, `redis+cluster://host,host`.",
  ),
  REDIS_PREFIX: variable(
    z.string().max(64).default("loudhailer:"),
    "loudhailer:",
    "In front of every key and channel.",
  ),
  DISTRIBUTED_WEBSOCKET_ENABLED: variable(
    z.enum(["auto", "true", "false"]).default("auto"),
    "auto",
    "`auto`: Redis when `REDIS_URL` is set, degraded while it is away; `true`: refuse to start without it; `false`: ignore it.",
  ),
  WORKER_ID: variable(
    z
      .string()
      .regex(/^[\w.:-]{1,64}$/)
      .optional(),
    "generated",
    "This process; letters, digits and `_.:-`.",
  ),
  NODE_ID: variable(z.string().max(128).default(hostname()), "the host name", "This machine."),
  ROLE: variable(
    z.enum(["all", "web", "ws"]).default("all"),
    "all",
    "`web`: dashboard and REST only; `ws`: sockets only.",
  ),
  WORKERS: variable(
    z.coerce.number().int().min(1).max(64).default(1),
    "1",
    "Server processes that share the port of this machine (`npm start -- --workers 2`); more than one need `DATABASE_URL` and `REDIS_URL`.",
  ),
  WEBSOCKET_SESSION_TTL: variable(
    z.coerce.number().int().min(1).max(2_592_000).default(3600),
    "3600",
    "Seconds that a session outlives its last connection.",
  ),
  WEBSOCKET_PING_INTERVAL: variable(
    z.coerce.number().int().min(1).max(300).default(30),
    "30",
    "Seconds between pings to sockets; less than the shortest idle time-out on the way.",
  ),
  HTTP_KEEP_ALIVE: variable(
    z.coerce.number().int().min(1).max(3600).default(75),
    "75",
    "Seconds that an idle HTTP connection is kept; longer than the proxy in front keeps its own (Google Cloud: 620).",
  ),
  AUTH_SECRET: variable(
    z.string().min(32, "must have at least 32 characters").optional(),
    "generated into DATA_DIR",
    "Signs and seals everything; required, and equal on all replicas, in production mode.",
  ),
  PUBLIC_URL: variable(
    url(["http:", "https:"])
      .transform((value) => value.replace(/\/+$/, ""))
      .optional(),
    "from the request",
    "Where browsers reach the dashboard; required in production mode.",
  ),
  TRUST_PROXY: variable(
    z.coerce.number().int().min(0).max(10).default(0),
    "0",
    "How many proxies in front have their `X-Forwarded-*` believed.",
  ),
  LOUDHAILER_ADMIN_EMAIL: variable(
    z.email().optional(),
    "none",
    "With the password: makes the first owner at start where there is none.",
  ),
  LOUDHAILER_ADMIN_PASSWORD: variable(
    z.string().min(10, "must have at least 10 characters").max(128).optional(),
    "none",
    "See `LOUDHAILER_ADMIN_EMAIL`.",
  ),
  LOUDHAILER_MODE: variable(
    z.enum(["local", "production"]).optional(),
    "production with DATABASE_URL, else local",
    "`production` is strict: secrets given, no insecure switches, no demo unless asked for. `local` may be set with any database.",
  ),
  LOUDHAILER_URL: variable(
    z.string().optional(),
    "http://localhost:3000",
    "The server that `loudhailer` talks to.",
  ),
  LOUDHAILER_API_KEY: variable(
    z.string().optional(),
    "none",
    "A key of the workspace (dashboard, API keys), for what needs one.",
  ),
  ALLOW_INSECURE_USER_ID: variable(
    flag.default(false),
    "false",
    "Believe `?user_id=`; for trying things, refused in production mode.",
  ),
  ALLOW_OPEN_SESSION_STREAMS: variable(
    flag.default(false),
    "false",
    "Anybody may join a session stream; refused in production mode.",
  ),
  SESSION_STREAM_MODE: variable(
    z.enum(["multiple", "single-owner"]).default("multiple"),
    "multiple",
    "`single-owner`: a new connection closes the previous one.",
  ),
  DEMO: variable(flag.optional(), "true in local mode", "Serve the `/demo` page."),
  METRICS_TOKEN: variable(
    z.string().min(16, "must have at least 16 characters").optional(),
    "none: /metrics answers loopback only, in production mode",
    "Bearer token for `/metrics`.",
  ),
  LOG_LEVEL: variable(
    z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
    "info",
    "The least important log line to write.",
  ),
  LIMIT_FRAME_BYTES: variable(count.default(65_536), "65536", "Longest client frame."),
  LIMIT_FRAMES_PER_SECOND: variable(
    count.default(20),
    "20",
    "Client frames, with bursts of five times that.",
  ),
  LIMIT_CONNECTIONS_PER_ADDRESS: variable(count.default(1000), "1000", "Open at once."),
  LIMIT_CONNECTIONS_PER_USER: variable(count.default(50), "50", "Open at once, of one recipient."),
  LIMIT_CONNECTIONS_PER_WORKER: variable(count.default(50_000), "50000", "The hard cap: then 503."),
  LIMIT_ADMISSIONS_PER_SECOND: variable(
    count.default(2000),
    "2000",
    "New connections; more are told when to come back.",
  ),
  LIMIT_BODY_BYTES: variable(count.default(65_536), "65536", "Longest request body."),
  LIMIT_PUBLISHES_PER_MINUTE: variable(count.default(60), "60", "Of one workspace."),
  LIMIT_API_CALLS_PER_MINUTE: variable(
    count.default(600),
    "600",
    "Of one credential; also API keys that one address tries for the first time, and pages that it opens without a login. All visitors of one address together have ten times that.",
  ),
  LIMIT_SIGN_INS_PER_10_MINUTES: variable(
    count.default(10),
    "10",
    "Wrong passwords of one account from one address; ten times that of one address in all.",
  ),
} as const;

type Values = { [K in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[K]["schema"]> };

/** 0 switches a limit off. */
export interface Limits {
  frameBytes: number;
  framesPerSecond: number;
  connectionsPerAddress: number;
  connectionsPerUser: number;
  connectionsPerWorker: number;
  admissionsPerSecond: number;
  bodyBytes: number;
  publishesPerMinute: number;
  apiCallsPerMinute: number;
  signInsPer10Minutes: number;
}

export interface Env {
  port: number;
  host: string;
  dataDir: string;
  databaseUrl: string | null;
  databasePoolSize: number;
  /** Null also when `DISTRIBUTED_WEBSOCKET_ENABLED=false`. */
  redisUrl: string | null;
  redisPrefix: string;
  /** Refuse to start while Redis is away. */
  redisRequired: boolean;
  workerId: string | null;
  nodeId: string;
  role: "all" | "web" | "ws";
  workers: number;
  sessionTtlS: number;
  pingIntervalMs: number;
  httpKeepAliveMs: number;
  authSecret: string | null;
  publicUrl: string | null;
  trustProxy: number;
  admin: { email: string; password: string } | null;
  mode: "local" | "production";
  allowInsecureUserId: boolean;
  allowOpenSessionStreams: boolean;
  sessionStreamMode: "multiple" | "single-owner";
  demo: boolean;
  metricsToken: string | null;
  logLevel: Values["LOG_LEVEL"];
  limits: Limits;
}

/** Wrong configuration: one line for each fault, each naming its variable. */
export class ConfigurationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is wrong:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.name = "ConfigurationError";
  }
}

/**
 * Reads and checks the whole environment. Empty values count as absent.
 * @throws ConfigurationError naming every wrong or unknown variable
 */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const { values, faults } = readVariables(source);
  if (!values) throw new ConfigurationError(faults);
  const mode = values.LOUDHAILER_MODE ?? (values.DATABASE_URL ? "production" : "local");
  faults.push(...contradictions(values, mode));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return toEnv(values, mode);
}

/**
 * One variable alone, for tools beside the server, which need no complete configuration.
 * @throws ConfigurationError naming it
 */
export function parseVariable<N extends keyof Values>(
  name: N,
  source: Record<string, string | undefined>,
): Values[N] {
  const schema: z.ZodType<Values[N]> = VARIABLES[name].schema as never;
  const parsed = schema.safeParse(source[name] === "" ? undefined : source[name]);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError([`${name}: ${parsed.error.issues[0]?.message ?? "is not valid"}`]);
}

function readVariables(source: Record<string, string | undefined>): {
  values: Values | null;
  faults: string[];
} {
  const faults = unknownVariables(source);
  const values: Record<string, unknown> = {};
  let complete = true;
  for (const [name, { schema }] of Object.entries(VARIABLES)) {
    const parsed = schema.safeParse(source[name] === "" ? undefined : source[name]);
    if (parsed.success) {
      values[name] = parsed.data;
      continue;
    }
    complete = false;
    faults.push(`${name}: ${parsed.error.issues[0]?.message ?? "is not valid"}`);
  }
  return { values: complete ? (values as Values) : null, faults };
}

function unknownVariables(source: Record<string, string | undefined>): string[] {
  return Object.keys(source)
    .filter((name) => name.startsWith("LOUDHAILER_") && !(name in VARIABLES))
    .map((name) => {
      const meant = closest(name, Object.keys(VARIABLES));
      return `${name}: there is no such variable${meant ? `; did you mean ${meant}?` : ""}`;
    });
}

function contradictions(values: Values, mode: Env["mode"]): string[] {
  const faults: string[] = [];
  if (Boolean(values.LOUDHAILER_ADMIN_EMAIL) !== Boolean(values.LOUDHAILER_ADMIN_PASSWORD)) {
    faults.push("LOUDHAILER_ADMIN_EMAIL and LOUDHAILER_ADMIN_PASSWORD go together");
  }
  if (values.DISTRIBUTED_WEBSOCKET_ENABLED === "true" && !values.REDIS_URL) {
    faults.push("REDIS_URL: required with DISTRIBUTED_WEBSOCKET_ENABLED=true");
  }
  if (values.REDIS_URL && !values.DATABASE_URL) {
    faults.push("DATABASE_URL: required with REDIS_URL; workers share one PostgreSQL server");
  }
  if (values.WORKERS > 1) {
    for (const name of ["DATABASE_URL", "REDIS_URL"] as const) {
      if (!values[name])
        faults.push(`${name}: required with WORKERS=${values.WORKERS}; they share it`);
    }
    if (values.DISTRIBUTED_WEBSOCKET_ENABLED === "false") {
      faults.push("DISTRIBUTED_WEBSOCKET_ENABLED: several workers need Redis to hear each other");
    }
  }
  if (mode === "local") return faults;
  if (!values.AUTH_SECRET) {
    faults.push(
      "AUTH_SECRET: required in production mode; make one with `openssl rand -base64 33`",
    );
  }
  if (!values.PUBLIC_URL) faults.push("PUBLIC_URL: required in production mode");
  if (values.ALLOW_INSECURE_USER_ID) {
    faults.push("ALLOW_INSECURE_USER_ID: refused in production mode");
  }
  if (values.ALLOW_OPEN_SESSION_STREAMS) {
    faults.push("ALLOW_OPEN_SESSION_STREAMS: refused in production mode");
  }
  return faults;
}

function toEnv(values: Values, mode: Env["mode"]): Env {
  const email = values.LOUDHAILER_ADMIN_EMAIL;
  const password = values.LOUDHAILER_ADMIN_PASSWORD;
  const distributed = values.DISTRIBUTED_WEBSOCKET_ENABLED;
  return {
    port: values.PORT,
    host: values.HOST,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL ?? null,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    redisUrl: distributed === "false" ? null : (values.REDIS_URL ?? null),
    redisPrefix: values.REDIS_PREFIX,
    redisRequired: distributed === "true",
    workerId: values.WORKER_ID ?? null,
    nodeId: values.NODE_ID,
    role: values.ROLE,
    workers: values.WORKERS,
    sessionTtlS: values.WEBSOCKET_SESSION_TTL,
    pingIntervalMs: values.WEBSOCKET_PING_INTERVAL * 1000,
    httpKeepAliveMs: values.HTTP_KEEP_ALIVE * 1000,
    authSecret: values.AUTH_SECRET ?? null,
    publicUrl: values.PUBLIC_URL ?? null,
    trustProxy: values.TRUST_PROXY,
    admin: email && password ? { email, password } : null,
    mode,
    allowInsecureUserId: values.ALLOW_INSECURE_USER_ID,
    allowOpenSessionStreams: values.ALLOW_OPEN_SESSION_STREAMS,
    sessionStreamMode: values.SESSION_STREAM_MODE,
    demo: values.DEMO ?? mode === "local",
    metricsToken: values.METRICS_TOKEN ?? null,
    logLevel: values.LOG_LEVEL,
    limits: {
      frameBytes: values.LIMIT_FRAME_BYTES,
      framesPerSecond: values.LIMIT_FRAMES_PER_SECOND,
      connectionsPerAddress: values.LIMIT_CONNECTIONS_PER_ADDRESS,
      connectionsPerUser: values.LIMIT_CONNECTIONS_PER_USER,
      connectionsPerWorker: values.LIMIT_CONNECTIONS_PER_WORKER,
      admissionsPerSecond: values.LIMIT_ADMISSIONS_PER_SECOND,
      bodyBytes: values.LIMIT_BODY_BYTES,
      publishesPerMinute: values.LIMIT_PUBLISHES_PER_MINUTE,
      apiCallsPerMinute: values.LIMIT_API_CALLS_PER_MINUTE,
      signInsPer10Minutes: values.LIMIT_SIGN_INS_PER_10_MINUTES,
    },
  };
}
