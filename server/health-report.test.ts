import { expect, test } from "vitest";
import type { LateCounters } from "@/lib/lately";
import { WorkersWatch } from "@/lib/workers-watch";
import { healthNotes } from "./health-report";

const QUIET: LateCounters = {
  brokerInterruptions: 0,
  databaseOutages: 0,
  changesMissed: 0,
  databaseRestores: 0,
  readersDropped: 0,
  socketsBrokenOff: 0,
  socketsRefused: 0,
  workersLost: 0,
  workersLeft: 0,
};
const COUNTS = {
  recipients: 0,
  activeSessions: 0,
  allSessions: 0,
  connections: 0,
  clusterWide: true,
  incomplete: false,
};

const well = () => ({
  lately: QUIET,
  watch: new WorkersWatch(),
  counts: COUNTS,
  clockAheadMs: 300,
  draining: false,
});

test("§ 8: where nothing is to be said nothing is", () => {
  expect(healthNotes(well(), 5_000)).toEqual([]);
});

test("[DEG7] a worker that stops says so", () => {
  const [note] = healthNotes({ ...well(), draining: true }, 0);
  expect(note).toContain("stopping");
});

test.each([
  [-300_000, "300 s behind"],
  [300_000, "300 s ahead of"],
])("[BC8] a clock that is %i ms wrong is named", (clockAheadMs, words) => {
  const [note] = healthNotes({ ...well(), clockAheadMs }, 0);
  expect(note).toContain(`This worker's clock is ${words} the database's`);
});

test("[DEG8] connections that found no room are counted in words", () => {
  const lately = { ...QUIET, socketsRefused: 1 };
  expect(healthNotes({ ...well(), lately }, 0)).toEqual([
    "In the last 10 minutes: 1 connection found no room (limits, or the database was away).",
  ]);
});

test("connections that break off are news only when they are more than there are", () => {
  const lately = { ...QUIET, socketsBrokenOff: 900 };
  expect(healthNotes({ ...well(), lately }, 1_000)).toEqual([]);
  expect(healthNotes({ ...well(), lately }, 800)[0]).toContain("900 connections broke off");
});
