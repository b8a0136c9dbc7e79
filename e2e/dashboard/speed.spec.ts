import { gzipSync } from "node:zlib";
import { expect, type Installation, test } from "./fixtures";
import { seed } from "./seed";

const KB = 1_000;
/** The composer's by the rules of the house; the others have no reason to be larger. */
const LARGEST_BYTES = 250 * KB;
const SLOWEST_MS = 100;
const WARMING = 3;
const MEASURED = 7;
/** What else the machine does slows some rounds: the quietest of a few counts. */
const ROUNDS = 10;

test("[§ 13] first-load JavaScript of the composer, and of every other page, is under 250 KB gzipped", async ({
  installation,
}) => {
  const { liveId } = await seed(installation, { visitors: 0 });
  const sizes = new Map<string, number>();
  for (const path of [...screens(liveId), "/sign-in", "/demo", "/docs/api"]) {
    sizes.set(path, await firstLoadBytes(installation, path));
  }
  console.log(`first-load JavaScript, KB gzipped: ${figures(sizes, KB)}`);
  expect(Math.min(...sizes.values())).toBeGreaterThan(50 * KB);
  expect([...sizes].filter(([, bytes]) => bytes > LARGEST_BYTES)).toEqual([]);
});

test("[§ 13] each screen is answered in under 100 ms on the embedded database", async ({
  installation,
}) => {
  const { liveId, leave } = await seed(installation);
  const medians = new Map<string, number>();
  for (const path of screens(liveId)) {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS && best >= SLOWEST_MS; round++) {
      best = Math.min(best, await medianMs(installation, path));
    }
    medians.set(path, best);
  }
  await leave();
  console.log(`median ms to answer: ${figures(medians, 1)}`);
  expect([...medians].filter(([, ms]) => ms >= SLOWEST_MS)).toEqual([]);
});

/** Every screen inside the dashboard's frame. */
function screens(broadcastId: string): string[] {
  const broadcasts = ["/broadcasts", "/broadcasts/new"];
  const one = [`/broadcasts/${broadcastId}`, `/broadcasts/${broadcastId}/edit`];
  const people = ["/team", "/api-keys", "/audit", "/settings"];
  return ["/", ...broadcasts, ...one, "/sessions", "/sessions/why", ...people];
}

/** The scripts that the page itself names: what has come before anything can be clicked. */
async function firstLoadBytes(installation: Installation, path: string): Promise<number> {
  const html = await (await get(installation, path)).text();
  const scripts = html.match(/<script\b[^>]*\bsrc="[^"]+"[^>]*>/g) ?? [];
  const sources = scripts
    // Browsers that know modules pass these by.
    .filter((script) => !/\bnomodule\b/i.test(script))
    .map((script) => script.match(/\bsrc="([^"]+)"/)?.[1] ?? "");
  let bytes = 0;
  for (const source of new Set(sources)) {
    const body = await (await get(installation, source)).arrayBuffer();
    bytes += gzipSync(Buffer.from(body)).length;
  }
  return bytes;
}

async function medianMs(installation: Installation, path: string): Promise<number> {
  const times: number[] = [];
  for (let request = 0; request < WARMING + MEASURED; request++) {
    const from = performance.now();
    await (await get(installation, path)).text();
    if (request >= WARMING) times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[Math.floor(MEASURED / 2)] ?? Number.POSITIVE_INFINITY;
}

/** As the owner; the page of signing in would send an owner on. */
async function get({ url, cookie }: Installation, path: string): Promise<Response> {
  const answer = await fetch(new URL(path, url), {
    headers: new Headers(path === "/sign-in" ? undefined : { cookie }),
  });
  expect(answer.status, path).toBe(200);
  return answer;
}

function figures(values: ReadonlyMap<string, number>, unit: number): string {
  return [...values].map(([path, value]) => `${path} ${Math.round(value / unit)}`).join(", ");
}
