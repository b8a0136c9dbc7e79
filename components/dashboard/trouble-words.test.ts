import { describe, expect, test } from "vitest";
import { troubleWords } from "./trouble-words";

const WELL = { mode: "live", note: null, troubles: [], workers: [] } as const;
const worker = { workerId: "w-2", nodeId: "n", connections: 3, silent: true };
const said = (changes: Partial<Parameters<typeof troubleWords>[1]>) =>
  troubleWords("open", { ...WELL, troubles: [], workers: [], ...changes }).join(" ");

describe("[DEG2] what the dashboard says of the cluster", () => {
  test("is nothing while all is well, or not known yet", () => {
    expect(said({})).toBe("");
    expect(troubleWords("connecting", null)).toEqual([]);
  });

  test("names the database, Redis and what follows", () => {
    expect(said({ mode: "degraded", troubles: ["database"] })).toMatch(/database.*refused/);
    const redis = said({ mode: "degraded", troubles: ["broker", "sessions"] });
    expect(redis).toMatch(/Redis.*within 3 seconds.*this server only/);
    expect(redis).not.toMatch(/database/);
  });

  test("names a server that does not answer", () => {
    expect(said({ workers: [worker] })).toMatch(/w-2 does not answer/);
    expect(said({ workers: [{ ...worker, silent: false }] })).toBe("");
  });

  test("understands a server that tells its mode alone", () => {
    expect(said({ mode: "degraded" })).toMatch(/degraded/);
  });

  test("says no more than that the page itself is cut off", () => {
    expect(troubleWords("lost", { ...WELL, troubles: ["database"], workers: [] })).toHaveLength(1);
  });
});
