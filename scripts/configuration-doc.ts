import { VARIABLES } from "@/lib/env";

type Name = keyof typeof VARIABLES;

interface Group {
  title: string;
  /** One sentence or two before the table. */
  about: string;
  names: readonly Name[];
}

/** The order in which an operator meets them. A test sees to it that none is left out. */
const GROUPS: readonly Group[] = [
  {
    title: "Where it is reached",
    about: "One port serves the dashboard, the API and the sockets.",
    names: [
      "PORT",
      "HOST",
      "PUBLIC_URL",
      "TRUST_PROXY",
      "WEBSOCKET_PING_INTERVAL",
      "HTTP_KEEP_ALIVE",
    ],
  },
  {
    title: "Where the data are",
    about: "Without `DATABASE_URL`: an embedded PostgreSQL, for one process.",
    names: ["DATABASE_URL", "DATABASE_POOL_SIZE", "DATA_DIR", "WEBSOCKET_SESSION_TTL"],
  },
  {
    title: "Several workers",
    about:
      "All workers of an installation share `DATABASE_URL`, `REDIS_URL`, `REDIS_PREFIX` and `AUTH_SECRET`.",
    names: [
      "REDIS_URL",
      "REDIS_PREFIX",
      "DISTRIBUTED_WEBSOCKET_ENABLED",
      "WORKER_ID",
      "NODE_ID",
      "ROLE",
      "WORKERS",
    ],
  },
  {
    title: "Secrets, and who may what",
    about:
      "In production mode the server is strict: it refuses to start without what it needs, and with what makes it unsafe.",
    names: [
      "LOUDHAILER_MODE",
      "AUTH_SECRET",
      "LOUDHAILER_ADMIN_EMAIL",
      "LOUDHAILER_ADMIN_PASSWORD",
      "METRICS_TOKEN",
      "DEMO",
      "ALLOW_INSECURE_USER_ID",
      "ALLOW_OPEN_SESSION_STREAMS",
      "SESSION_STREAM_MODE",
    ],
  },
  { title: "Logs", about: "JSON lines on standard output.", names: ["LOG_LEVEL"] },
  {
    title: "Limits",
    about: "0 switches a limit off.",
    names: [
      "LIMIT_CONNECTIONS_PER_WORKER",
      "LIMIT_CONNECTIONS_PER_ADDRESS",
      "LIMIT_CONNECTIONS_PER_USER",
      "LIMIT_ADMISSIONS_PER_SECOND",
      "LIMIT_FRAME_BYTES",
      "LIMIT_FRAMES_PER_SECOND",
      "LIMIT_BODY_BYTES",
      "LIMIT_PUBLISHES_PER_MINUTE",
      "LIMIT_API_CALLS_PER_MINUTE",
      "LIMIT_SIGN_INS_PER_10_MINUTES",
    ],
  },
  {
    title: "Command line",
    about: "Read by `loudhailer`, not by the server.",
    names: ["LOUDHAILER_URL", "LOUDHAILER_API_KEY"],
  },
];

/** Names that are documented, in order. */
export const DOCUMENTED: readonly Name[] = GROUPS.flatMap((group) => group.names);

const INTRODUCTION = `# Configuration

Everything is an environment variable; none is required on a laptop. Empty values count as absent. A wrong value, a contradiction or an unknown \`LOUDHAILER_…\` variable stops the start, naming every fault at once. \`npm start\` also reads a file \`.env\` in its folder ([.env.example](../.env.example)); what the environment says wins.

Settings of a workspace (origins, anonymous visitors, time zone, retention, …) are in the dashboard.

<!-- Made by \`npm run docs\` from VARIABLES in lib/env.ts. -->
`;

/** `docs/configuration.md`. */
export function configurationDoc(): string {
  return [INTRODUCTION, ...GROUPS.map(section)].join("\n");
}

function section({ title, about, names }: Group): string {
  const rows = names.map((name) => {
    const { default: fallback, description } = VARIABLES[name];
    return `| \`${name}\` | ${fallback} | ${description.replaceAll("|", "\\|")} |`;
  });
  return [
    `## ${title}`,
    "",
    about,
    "",
    "| variable | default | |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** `.env.example`: everything, commented out. */
export function envExample(): string {
  const sections = GROUPS.map(({ title, names }) =>
    [`# ${title}`, "", ...names.map(exampleOf)].join("\n"),
  );
  const head = "# Copy to .env and take the # off what you need. docs/configuration.md says more.";
  return `${[head, ...sections].join("\n\n")}\n`;
}

function exampleOf(name: Name): string {
  const { schema, default: fallback, description } = VARIABLES[name];
  // Prose, such as "the host name", is no value.
  const isValue = String(schema.safeParse(undefined).data) === fallback;
  return `# ${description.replaceAll("`", "")}\n#${name}=${isValue ? fallback : ""}\n`;
}
