import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { ROOT } from "@/scripts/run";
import { guard } from "@/tests/support/processes";
import { findNginx } from "@/tests/support/tools";
import type { ClientKind } from "./load-client";
import { Measured, probed } from "./measured";
import { nativeProgram } from "./native";
import { post, type Subject } from "./subject";

const run = promisify(execFile);
const listening = z.object({ port: z.number() });
/** Length of a peer's frame, as the table has it. */
const FRAME_BYTES = 250;
const NGINX_WITHIN_MS = 10_000;

/** What everybody writes first: `ws` and a loop. */
export function startWsLoop(): Promise<Subject> {
  return startNode("ws loop", "ws-loop.mjs", "/", "plain");
}

export function startSocketIo(): Promise<Subject> {
  const path = "/socket.io/?EIO=4&transport=websocket";
  return startNode("socket.io", "socket-io.mjs", path, "socketio");
}

/** The floor: one `send` per recipient, and nothing else. */
export async function startBareSend(): Promise<Subject> {
  const child = spawn(await nativeProgram("bare"), [], { stdio: ["ignore", "pipe", "inherit"] });
  return peer("one bare send", child, "/", "plain", "/publish");
}

/** nginx with nchan where Debian has it; null where it cannot be had. */
export async function startNchan(): Promise<Subject | null> {
  const nginx = findNginx();
  const nchan = nginx && (await findNchan());
  if (!nginx || !nchan) return null;
  const folder = mkdtempSync(join(tmpdir(), "lh-nchan-"));
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port, nchan));
  const child = spawn(nginx, ["-c", file, "-p", folder], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  guard(child);
  await whenAnswering(port, child);
  return subjectOf("nginx + nchan", child, port, "/sub", "plain", "/pub", () =>
    rmSync(folder, { recursive: true, force: true }),
  );
}

function configuration(folder: string, port: number, nchan: string): string {
  return `load_module ${nchan};
daemon off;
worker_processes 1;
user root;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 65000; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  nchan_shared_memory_size 128M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /sub { nchan_subscriber websocket; nchan_channel_id all; nchan_subscriber_first_message newest; }
    location = /pub { nchan_publisher; nchan_channel_id all; nchan_message_buffer_length 100; }
  }
}
`;
}

const MODULE = "usr/lib/nginx/modules/ngx_nchan_module.so";

/** Installed, or unpacked from Debian's package beside the build: that needs no root. */
async function findNchan(): Promise<string | null> {
  if (existsSync(`/${MODULE}`)) return `/${MODULE}`;
  const folder = join(ROOT, "dist/bench/nchan");
  const unpacked = join(folder, MODULE);
  if (existsSync(unpacked)) return unpacked;
  mkdirSync(folder, { recursive: true });
  try {
    await run("apt-get", ["download", "libnginx-mod-nchan"], { cwd: folder });
    const [name = ""] = readdirSync(folder).filter((entry) => entry.endsWith(".deb"));
    await run("dpkg-deb", ["-x", join(folder, name), folder]);
  } catch {
    return null;
  }
  return existsSync(unpacked) ? unpacked : null;
}

async function startNode(
  name: string,
  file: string,
  path: string,
  kind: ClientKind,
): Promise<Subject> {
  const probe = probed();
  const child = spawn(process.execPath, [join(ROOT, "bench/peers", file)], {
    env: { PATH: process.env.PATH, NODE_ENV: "production", ...probe.env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return peer(name, child, path, kind, "/publish", probe);
}

async function peer(
  name: string,
  child: ChildProcess,
  path: string,
  kind: ClientKind,
  publishPath: string,
  probe = probed(),
): Promise<Subject> {
  guard(child);
  if (!child.stdout) throw new Error(`${name} has no output.`);
  const [line] = await once(createInterface(child.stdout), "line");
  const { port } = listening.parse(JSON.parse(String(line)));
  return subjectOf(name, child, port, path, kind, publishPath, probe.remove, probe.folder);
}

function subjectOf(
  name: string,
  child: ChildProcess,
  port: number,
  path: string,
  kind: ClientKind,
  publishPath: string,
  remove: () => void,
  probeFolder = tmpdir(),
): Subject {
  return {
    name,
    port,
    path,
    kind,
    measured: new Measured(child.pid ?? 0, probeFolder),
    publish: async (text, bytes) => void (await post(port, publishPath, payloadOf(text, bytes))),
    clear: async () => undefined,
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      remove();
    },
  };
}

/** A message as our frames have it, filled up. */
function payloadOf(text: string, bytes = FRAME_BYTES): string {
  const payload = JSON.stringify({ type: "new_broadcast", message: text });
  return payload.slice(0, -2).padEnd(bytes - 2, ".") + payload.slice(-2);
}

async function whenAnswering(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + NGINX_WITHIN_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
    if (answer) return;
    await sleep(20);
  }
  throw new Error("nginx did not start.");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("No port was free.");
  return address.port;
}
