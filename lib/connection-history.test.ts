import { describe, expect, test } from "vitest";
import { ConnectionHistory } from "./connection-history";

const at = (seconds: number, connections = 1) => ({
  at: seconds * 1_000,
  workers: [{ workerId: "a", connections }],
});

describe("the connections of the last hour", () => {
  test("are noted every 15 s, however often they are told", () => {
    const history = new ConnectionHistory();
    for (let second = 0; second <= 60; second += 5) history.note(at(second, second));
    expect(history.samples.map((sample) => sample.at / 1_000)).toEqual([0, 15, 30, 45, 60]);
  });

  test("leave out what is older", () => {
    const history = new ConnectionHistory();
    for (let minute = 0; minute < 180; minute += 1) {
      for (const second of [0, 15, 30, 45]) history.note(at(minute * 60 + second));
    }
    expect(history.samples).toHaveLength(240);
    expect(history.samples[0]?.at).toBe(120 * 60_000);
  });
});
