import { Agent, request } from "node:http";
import type { ClientKind } from "./load-client";
import { LoadClient } from "./load-client";
import type { Measured } from "./measured";

/** A server side by side with others: ours, or a peer. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly kind: ClientKind;
  readonly measured: Measured;
  /**
   * Publishes by HTTP, as whoever has something to say would; resolves with the answer.
   * @param bytes how long a peer's frame is to be, default 250; ours is as long as it is
   */
  publish(text: string, bytes?: number): Promise<void>;
  /** Before the next round: nothing is live any more. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** A subject with clients connected to it. */
export interface Crowd {
  readonly subject: Subject;
  readonly clients: LoadClient;
  readonly size: number;
}

export async function crowdOf(subject: Subject, size: number, tokens?: string): Promise<Crowd> {
  const clients = await LoadClient.start(subject.port, subject.path, subject.kind);
  await clients.add(size, tokens);
  return { subject, clients, size };
}

/** Enough for a burst of fifty at once. */
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** @throws for any status but 2xx */
export function post(
  port: number,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const options = {
      host: "127.0.0.1",
      port,
      path,
      agent,
      method: "POST",
      headers: { "content-type": "application/json", "content-length": length, ...headers },
    };
    const sent = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve(text);
        else reject(new Error(`POST ${path} answered ${statusCode}: ${text}`));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The number by which clients recognise a message that is timed. */
let lastMark = 0;

export function nextMark(): number {
  lastMark += 1;
  return lastMark;
}
