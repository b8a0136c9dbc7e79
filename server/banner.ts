import { networkInterfaces } from "node:os";
import type { Env } from "@/lib/env";

interface Whereabouts {
  env: Env;
  port: number;
  /** `/setup?token=…` while there is no owner; else null. */
  setupPath: string | null;
  workerId: string;
}

/** What a person at the terminal needs next. Not a log line: it is meant to be read once. */
export function sayWhereItIs({ env, port, setupPath, workerId }: Whereabouts): void {
  const local = env.publicUrl ?? `http://localhost:${port}`;
  const lines = ["", `  Loudhailer is running (${workerId})`, "", `  Dashboard   ${local}`];
  if (env.publicUrl === null && env.host === "0.0.0.0") {
    for (const address of lanAddresses()) {
      lines.push(`  On the LAN  http://${address}:${port}`);
    }
  }
  if (env.demo) lines.push(`  Demo        ${local}/demo`);
  if (setupPath !== null) {
    lines.push("", "  Make the first account (this link works once):", `  ${local}${setupPath}`);
  }
  process.stdout.write(`${lines.join("\n")}\n\n`);
}

function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flat()
    .filter((entry) => entry?.family === "IPv4" && !entry.internal)
    .map((entry) => entry?.address ?? "")
    .slice(0, 2);
}
