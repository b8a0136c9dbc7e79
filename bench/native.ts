import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { mustRun, ROOT } from "@/scripts/run";

const SOURCES = join(ROOT, "bench/native");
const BUILT = join(ROOT, "dist/bench");

/** Compiles one of bench/native where it is not yet; the path of the program. */
export async function nativeProgram(name: "load" | "bare"): Promise<string> {
  const source = join(SOURCES, `${name}.c`);
  const program = join(BUILT, name);
  if (modifiedAt(program) > modifiedAt(source)) return program;
  mkdirSync(BUILT, { recursive: true });
  try {
    await mustRun("cc", "cc", ["-O2", "-o", program, source]);
  } catch (cause) {
    throw new Error("The bench needs a C compiler: apt-get install gcc libc6-dev", { cause });
  }
  return program;
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
