import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "@/scripts/run";
import { guard } from "./processes";
import { findNginx, requireTools } from "./tools";

const READY_WITHIN_MS = 10_000;

export interface Nginx {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** What it has logged. */
  logs(): string;
  stop(): Promise<void>;
}

/**
 * A real nginx with deploy/nginx/loudhailer.conf in front of these ports. Only what names this
 * test's machine is another: ports, and an idle time-out short enough to outlive.
 */
export async function startNginx(
  ports: readonly number[],
  { idleTimeoutS }: { idleTimeoutS: number },
): Promise<Nginx> {
  requireTools(["nginx"]);
  const folder = mkdtempSync(join(tmpdir(), "nginx-"));
  const port = await freePort();
  writeFileSync(join(folder, "nginx.conf"), mainConfiguration(folder));
  writeFileSync(join(folder, "site.conf"), siteConfiguration(port, ports, idleTimeoutS));
  const program = findNginx() ?? "nginx";
  const args = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  guard(child);
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await ready(port, child, () => output);
  return {
    url: `http://127.0.0.1:${port}`,
    logs: () => output,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, "exit");
        child.kill("SIGTERM");
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a distribution's nginx.conf says, for one worker and nobody's folders. */
function mainConfiguration(folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n  ");
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary}
  include ${folder}/site.conf;
}
`;
}

function siteConfiguration(port: number, ports: readonly number[], idleTimeoutS: number): string {
  const shipped = readFileSync(join(ROOT, "deploy/nginx/loudhailer.conf"), "utf8");
  const changes: [from: RegExp, to: string][] = [
    [/listen 80;/, `listen 127.0.0.1:${port};`],
    ...ports.map((to, n): [RegExp, string] => [
      new RegExp(`server replica${n + 1}:3000 `),
      `server 127.0.0.1:${to} `,
    ]),
    [/proxy_read_timeout 75s;/, `proxy_read_timeout ${idleTimeoutS}s;`],
    [/proxy_send_timeout 75s;/, `proxy_send_timeout ${idleTimeoutS}s;`],
  ];
  return changes.reduce((text, [from, to]) => {
    if (!from.test(text)) throw new Error(`deploy/nginx/loudhailer.conf does not have ${from}`);
    return text.replace(from, to);
  }, shipped);
}

async function ready(port: number, child: ChildProcess, logs: () => string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => null)) return;
    await sleep(25);
  }
  throw new Error(`nginx did not start:\n${logs()}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
