import type { ChildProcess } from "node:child_process";

const children = new Set<ChildProcess>();

// A test run that ends early leaves nothing behind.
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Ends with this process at the latest. */
export function guard(child: ChildProcess): void {
  children.add(child);
  child.once("exit", () => children.delete(child));
}
