import type { Command } from "commander";
import { expect, test } from "vitest";
import { buildProgram } from "./program";

const program = buildProgram(process.env, "1.2.3");
const verbs = program.commands.map((command): [string, Command] => [command.name(), command]);

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

test("§ 9: every command of the contract is there", () => {
  expect(verbs.map(([name]) => name)).toEqual(
    expect.arrayContaining(
      ["broadcast", "clear", "list", "sessions", "watch", "token", "doctor"].concat([
        "backup",
        "restore",
        "move-to-postgres",
        "completion",
      ]),
    ),
  );
});

test.each(verbs)(
  "§ 9: the help of %s ends with examples, of options that there are",
  (name, command) => {
    const help = helpOf(command);
    const [, examples = ""] = help.split("\nExamples:\n");
    expect(examples).toContain(`loudhailer ${name}`);
    const known = [...command.options, ...program.options].map(({ long }) => long);
    // What a nested command is given, such as a token's user, is its own business.
    for (const [option] of examples.replaceAll(/\$\(.*?\)/g, "").matchAll(/--[a-z-]+/g)) {
      expect(known, `${name} ${option}`).toContain(option);
    }
    for (const option of ["--url", "--workspace", "--json"]) expect(help).toContain(option);
  },
);
