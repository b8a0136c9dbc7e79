import { existsSync } from "node:fs";
import { HOW_TO_INSTALL, missingTools, TOOLS, type ToolName } from "@/tests/support/tools";
import { mustRun, run } from "./run";

const EVERY_TOOL: readonly ToolName[] = [
  "redis",
  "postgres",
  "nginx",
  "python",
  "zsh",
  "fish",
  "chromium",
];

/** Debian's names; without any font Chromium draws no text. */
const DEBIAN_PACKAGES: Record<ToolName, readonly string[]> = {
  redis: ["redis-server"],
  postgres: ["postgresql"],
  nginx: ["nginx"],
  python: ["python3"],
  zsh: ["zsh"],
  fish: ["fish"],
  chromium: ["chromium", "fonts-liberation"],
};

/**
 * Installs what the tests run for real and this machine lacks, where that needs no questions:
 * with apt as root or by passwordless sudo. Throws, saying what to type, where it cannot.
 */
export async function installTools(): Promise<void> {
  const missing = missingTools(EVERY_TOOL);
  if (missing.length === 0) return;
  await installWithApt(missing);
  const still = missingTools(missing).map((name) => TOOLS[name].what);
  if (still.length === 0) return;
  throw new Error(`Please install ${still.join(", ")} first:\n${HOW_TO_INSTALL}`);
}

async function installWithApt(tools: readonly ToolName[]): Promise<void> {
  const asRoot = await howToBeRoot();
  if (!existsSync("/usr/bin/apt-get") || asRoot === null) return;
  const apt = async (...args: string[]) => {
    const [program = "", ...rest] = [...asRoot, "apt-get", "-q", "-y", ...args];
    await mustRun(`apt-get ${args[0]}`, program, rest, { output: "on-failure" });
  };
  const packages = tools.flatMap((tool) => DEBIAN_PACKAGES[tool]);
  console.log(`Installing ${packages.join(", ")} …`);
  await apt("update");
  await apt("install", "--no-install-recommends", ...packages);
}

/** What goes in front of a command to run it as root without a password; null = nothing does. */
async function howToBeRoot(): Promise<readonly string[] | null> {
  const environment = ["env", "DEBIAN_FRONTEND=noninteractive"];
  if (process.getuid?.() === 0) return environment;
  const sudo = existsSync("/usr/bin/sudo") && (await run("sudo", ["-n", "true"])) === 0;
  return sudo ? ["sudo", "-n", ...environment] : null;
}
