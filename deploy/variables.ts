import { expect } from "vitest";
import { VARIABLES } from "@/lib/env";

/** What Node and the system read. */
const OTHERS = new Set(["NODE_ENV", "TMPDIR"]);

/** A test's check that deployment files set nothing that the server would not know. */
export function expectServerVariables(names: readonly string[]): void {
  expect(names).not.toEqual([]);
  for (const name of names) {
    if (!OTHERS.has(name)) expect(Object.keys(VARIABLES)).toContain(name);
  }
}
