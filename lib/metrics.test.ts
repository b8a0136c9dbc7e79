import { expect, test } from "vitest";
import { AREAS, Metrics, REFUSALS } from "./metrics";

const metrics = () => new Metrics({ workerId: "w1", nodeId: "n1", version: "1.2.3", role: "all" });

/** The value of a series; NaN where there is none. */
function readingOf(text: string, series: string): number {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.split(" ").at(-1) ?? Number.NaN);
}

test("§ 8: every counter is there from the start, with each of its labels", async () => {
  const { body } = await metrics().text();
  for (const reason of REFUSALS) {
    const series = `loudhailer_connections_refused_total{reason="${reason}",worker="w1"}`;
    expect(readingOf(body, series)).toBe(0);
  }
  for (const area of AREAS) {
    const series = `loudhailer_http_requests_total{area="${area}",status="5xx",worker="w1"}`;
    expect(readingOf(body, series)).toBe(0);
  }
  expect(readingOf(body, `loudhailer_connections_closed_total{code="4408",worker="w1"}`)).toBe(0);
  expect(body).toContain(`loudhailer_info{node="n1",version="1.2.3",role="all",worker="w1"} 1`);
});

test("§ 8: labels stay few, whatever comes in", async () => {
  const all = metrics();
  all.noteRefused("something new");
  all.noteClosed(4999);
  const { body } = await all.text();
  expect(readingOf(body, `loudhailer_connections_refused_total{reason="other",worker="w1"}`)).toBe(
    1,
  );
  expect(readingOf(body, `loudhailer_connections_closed_total{code="other",worker="w1"}`)).toBe(1);
  expect(body).not.toContain("something new");
});

test("§ 8: what is counted elsewhere is read at each scrape, and not added up", async () => {
  const all = metrics();
  let frames = 5;
  all.readSockets({
    activeConnections: () => 3,
    connectionsLimit: () => 10,
    streamConnections: () => 0,
    framesIn: () => frames,
    framesOut: () => 2,
    bannersOut: () => 1,
    slowCloses: () => 0,
    unsentBytes: () => 0,
    kept: () => ({}),
  });
  await all.text();
  frames = 6;
  const { body } = await all.text();
  expect(readingOf(body, `app_messages_total{worker="w1"}`)).toBe(8);
  expect(readingOf(body, `loudhailer_frames_total{direction="in",worker="w1"}`)).toBe(6);
  expect(readingOf(body, `app_active_connections{worker="w1"}`)).toBe(3);
});

test("[PUB2] how late a change was is measured from its commit, and never negative", async () => {
  const all = metrics();
  all.noteChange(1_500);
  all.noteChange(-3);
  const { body } = await all.text();
  expect(readingOf(body, `loudhailer_change_age_seconds_bucket{le="1",worker="w1"}`)).toBe(1);
  expect(readingOf(body, `loudhailer_change_age_seconds_count{worker="w1"}`)).toBe(2);
});
