import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { Env } from "@/lib/env";
import { openPageFiles } from "./page-files";

/** Next's part of the port: dashboard, demo and REST. */
export interface Pages {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Hot reloading, in development. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  close(): Promise<void>;
  /** In development: routes are loaded anew when their source changes. */
  readonly isReloading: boolean;
}

/** Prepares the built application, or the one under development with `NODE_ENV=development`. */
export async function openPages(root: string, env: Env): Promise<Pages> {
  const dev = process.env.NODE_ENV === "development";
  const { default: next } = await import("next");
  const app = next({
    dir: root,
    dev,
    customServer: true,
    hostname: "localhost",
    port: env.port,
    // With its first request it would begin to listen for upgrades on whatever server that came
    // from, and route each of our sockets a second time: on one that never listens it hears none.
    httpServer: createServer(),
  });
  await app.prepare();
  const handle = app.getRequestHandler();
  const distDir = process.env.NEXT_DIST_DIR ?? ".next";
  const files = dev ? null : await openPageFiles(join(root, distDir, "static"));
  return {
    async handle(request, response) {
      if (!(await files?.(request, response))) await handle(request, response);
    },
    upgrade: app.getUpgradeHandler(),
    close: () => app.close(),
    isReloading: dev,
  };
}
