import { expect, test } from "vitest";
import { CLOSE } from "@/core/close-codes";
import { parseEnv } from "@/lib/env";
import { AdmissionControl } from "./admission";

function limits(changes: Record<string, string>) {
  return parseEnv(changes).limits;
}

test("[SEC5] an address has so many connections and no more, until one ends", () => {
  const admission = new AdmissionControl(limits({ LIMIT_CONNECTIONS_PER_ADDRESS: "2" }));
  expect([1, 2].map(() => admission.admit("a").ok)).toEqual([true, true]);
  expect(admission.admit("a")).toMatchObject({ ok: false, close: CLOSE.tooMany });
  expect(admission.admit("b").ok).toBe(true);
  admission.release("a");
  expect(admission.admit("a").ok).toBe(true);
});

test("[DEG8] beyond the rate a client is told when to come back", () => {
  const admission = new AdmissionControl(limits({ LIMIT_ADMISSIONS_PER_SECOND: "1" }));
  expect(admission.admit("a").ok).toBe(true);
  const refused = admission.admit("b");
  expect(refused).toMatchObject({ ok: false, close: CLOSE.tryLater });
  expect(refused.ok ? 0 : refused.afterMs).toBeGreaterThanOrEqual(1_000);
});

test("[SEC5] one recipient has so many connections, in each workspace", () => {
  const admission = new AdmissionControl(limits({ LIMIT_CONNECTIONS_PER_USER: "1" }));
  expect(admission.admitUser("w1", "user:a")).toBe(true);
  expect(admission.admitUser("w1", "user:a")).toBe(false);
  expect(admission.admitUser("w2", "user:a")).toBe(true);
  admission.releaseUser("w1", "user:a");
  expect(admission.admitUser("w1", "user:a")).toBe(true);
});

test("[SEC5] the hard cap is the worker's", () => {
  const admission = new AdmissionControl(limits({ LIMIT_CONNECTIONS_PER_WORKER: "1" }));
  expect(admission.full).toBe(false);
  admission.admit("a");
  expect(admission.full).toBe(true);
});

test("[SEC5] 0 switches a limit off", () => {
  const admission = new AdmissionControl(
    limits({
      LIMIT_ADMISSIONS_PER_SECOND: "0",
      LIMIT_CONNECTIONS_PER_ADDRESS: "0",
      LIMIT_CONNECTIONS_PER_USER: "0",
      LIMIT_CONNECTIONS_PER_WORKER: "0",
    }),
  );
  for (let n = 0; n < 5_000; n += 1) expect(admission.admit("a").ok).toBe(true);
  expect(admission.full).toBe(false);
});
