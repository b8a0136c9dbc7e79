/**
 * The app runs inside server/main.ts (a custom Node server), which owns sockets, headers and
 * start-up; this file only says how to bundle.
 *
 * @type {import("next").NextConfig}
 */
const config = {
  distDir: process.env.NEXT_DIST_DIR ?? ".next",
  poweredByHeader: false,
  reactStrictMode: true,
  // Scripts and sheets are compressed once, by server/page-files.ts; answers that are made for one
  // request only are left to the proxy, if any.
  compress: false,
  // Packages with workers, WebAssembly or conditional requires: loaded by Node, not bundled.
  serverExternalPackages: [
    "@electric-sql/pglite",
    "@electric-sql/pglite-socket",
    "@prisma/adapter-pg",
    "@prisma/client",
    "@prisma/schema-engine-wasm",
    "better-auth",
    "ioredis",
    "pg",
    "pino",
    "pino-pretty",
    "prom-client",
    "rate-limiter-flexible",
  ],
  // `npm run check` does it, for everything; who only builds should not wait for it.
  typescript: { ignoreBuildErrors: true },
  devIndicators: false,
  // In development Next would print arguments of server functions (passwords) and addresses
  // that carry one-time tokens.
  logging: { serverFunctions: false, incomingRequests: { ignore: [/^\/setup/, /^\/invite\//] } },
  // Neither files nor network calls of Next's own in a checkout.
  agentRules: false,
  experimental: {
    agentUpgrade: false,
    // Each page and route is loaded with its first request: loading all of them kept the process
    // busy just when, after a restart, everybody's socket comes back.
    preloadEntriesOnStart: false,
    // Forms of the dashboard are small; nobody may make the server read more before it asks who.
    serverActions: { bodySizeLimit: "64kb" },
  },
  // No picture is resized here: an address that does it on anyone's behalf is only a target.
  images: { unoptimized: true },
};

export default config;
