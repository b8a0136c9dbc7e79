import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loudhailer } from "@/tests/support/cli";
import { requireTools } from "@/tests/support/tools";

const folder = mkdtempSync(join(tmpdir(), "completion-"));
const scriptOf = (shell: string) => join(folder, `loudhailer.${shell}`);

beforeAll(async () => {
  requireTools(["zsh", "fish"]);
  for (const shell of ["bash", "zsh", "fish"]) {
    writeFileSync(scriptOf(shell), (await loudhailer(["completion", shell])).stdout);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Each asks the shell itself what would be offered at the end of the line. */
const OFFERS: Record<string, (line: string) => string> = {
  bash: (line) => {
    const program = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _loudhailer
      printf "%s\\n" "\${COMPREPLY[@]}"`;
    return run("bash", ["-c", program, scriptOf("bash"), ...line.split(" ")]);
  },
  // A shell in a terminal of its own, in which Tab is pressed.
  zsh: (line) => {
    const program = `zmodload zsh/zpty
      zpty -b shell zsh -f -i
      zpty -w shell "PS1=; autoload -U compinit; compinit -u -D; source '$1'; print READY-$((1+1))"
      zpty -r -m shell said "*READY-2*"
      zpty -w -n shell "$2"$'\\t\\t\\C-a\\C-k print END-$((1+1))\\n'
      zpty -r -m shell said "*END-2*"
      print -r -- "$said"
      zpty -d shell`;
    return run("zsh", ["-f", "-c", program, "-", scriptOf("zsh"), line]);
  },
  fish: (line) => {
    return run("fish", [
      "-N",
      "-c",
      "source $argv[1]; complete -C $argv[2]",
      scriptOf("fish"),
      line,
    ]);
  },
};

function run(program: string, args: readonly string[]): string {
  const env = { PATH: process.env.PATH, HOME: folder, TERM: "dumb", NODE_ENV: "test" as const };
  return execFileSync(program, args, { cwd: folder, env, encoding: "utf8", timeout: 20_000 });
}

describe.each(Object.entries(OFFERS))("loudhailer completion %s", (_shell, offers) => {
  test.each([
    ["loudhailer broad", "broadcast"],
    ["loudhailer --workspace w doc", "doctor"],
    ["loudhailer broadcast hello --pri", "--priority"],
    ["loudhailer broadcast hello --level war", "warning"],
    ["loudhailer completion fi", "fish"],
    ["loudhailer sessions --js", "--json"],
  ])("§ 9: offers for %j", (line, offered) => {
    expect(offers(line)).toContain(offered);
  });

  test("§ 9: offers nothing of another command", () => {
    expect(offers("loudhailer sessions --lev")).not.toContain("--level");
  });
});
