import { expect, test } from "vitest";
import { LATELY_MS, type LateCounters, Lately } from "./lately";

const NONE: LateCounters = {
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

test("§ 8: what rose is seen at once, and forgotten after ten minutes", () => {
  const lately = new Lately();
  lately.sample(NONE, 0);
  const now = { ...NONE, changesMissed: 3 };
  expect(lately.rises(now)).toEqual({ ...NONE, changesMissed: 3 });
  for (let at = 5_000; at <= LATELY_MS; at += 5_000) lately.sample(now, at);
  expect(lately.rises(now).changesMissed).toBe(3);
  lately.sample(now, LATELY_MS + 10_000);
  expect(lately.rises(now).changesMissed).toBe(0);
});

test("§ 8: before the first look nothing rose", () => {
  expect(new Lately().rises({ ...NONE, readersDropped: 9 })).toEqual(NONE);
});
