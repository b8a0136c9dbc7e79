import { Argument, type Command, type Option } from "commander";
import type { Terminal } from "./terminal";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

interface Word {
  /** `--level`. */
  flag: string;
  description: string;
  /** It is followed by a value: one of these where there are any. */
  values: readonly string[] | null;
}

interface Verb {
  name: string;
  description: string;
  words: Word[];
  /** What the first argument may be; empty = anything. */
  choices: readonly string[];
}

export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command("completion")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .description("print a completion script for bash, zsh or fish")
    .addHelpText("after", WHERE_TO)
    .action((shell: Shell) => terminal.print(completionFor(shell, program).trimEnd()));
}

const WHERE_TO = `
Examples:
  $ source <(loudhailer completion bash)
  $ echo 'source <(loudhailer completion zsh)' >> ~/.zshrc
  $ loudhailer completion fish > ~/.config/fish/completions/loudhailer.fish`;

/** A script that completes commands, options and their values; made from the program itself. */
function completionFor(shell: Shell, program: Command): string {
  const verbs = program.commands.map(toVerb);
  const globals = program.options.map(toWord);
  switch (shell) {
    case "bash":
      return bash(program.name(), verbs, globals);
    case "zsh":
      // zsh has had bash's functions since 4.2; one script is one thing that can be wrong.
      return `#compdef ${program.name()}\nautoload -U +X bashcompinit && bashcompinit\n${bash(program.name(), verbs, globals)}`;
    case "fish":
      return fish(program.name(), verbs, globals);
  }
}

function toVerb(command: Command): Verb {
  return {
    name: command.name(),
    description: command.description(),
    words: command.options.map(toWord),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
}

function toWord(option: Option): Word {
  return {
    flag: option.long ?? option.flags,
    description: option.description,
    values: option.required || option.optional ? (option.argChoices ?? []) : null,
  };
}

function bash(name: string, verbs: readonly Verb[], globals: readonly Word[]): string {
  const words = [...globals, ...verbs.flatMap((verb) => verb.words)];
  const values = words.filter((word) => word.values !== null);
  const fixed = new Map(values.map(({ flag, values: list }) => [flag, (list ?? []).join(" ")]));
  const flags = (of: readonly Word[]) => of.map((word) => word.flag).join(" ");
  return `_${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" verb="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${verbs.map((verb) => verb.name).join("|")}) verb="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  case "$before" in
${[...fixed].map(([flag, list]) => `    ${flag}) COMPREPLY=($(compgen -W "${list}" -- "$word")); return ;;`).join("\n")}
  esac
  case "$verb" in
    "") COMPREPLY=($(compgen -W "${verbs.map((verb) => verb.name).join(" ")} ${flags(globals)}" -- "$word")) ;;
${verbs.map((verb) => `    ${verb.name}) COMPREPLY=($(compgen -W "${[...verb.choices, flags(verb.words), flags(globals)].join(" ").trim()}" -- "$word")) ;;`).join("\n")}
  esac
}
complete -o default -F _${name} ${name}
`;
}

function fish(name: string, verbs: readonly Verb[], globals: readonly Word[]): string {
  const line = (condition: string, rest: string) =>
    `complete -c ${name}${condition && ` -n '${condition}'`} ${rest}`;
  const option = (condition: string, { flag, description, values }: Word) => {
    const value =
      values === null ? "" : values.length > 0 ? ` -xa ${quoted(values.join(" "))}` : " -r";
    return line(condition, `-l ${flag.replace(/^--/, "")}${value} -d ${quoted(description)}`);
  };
  // Fish's own __fish_use_subcommand takes the value of a global option for the command.
  const noVerb = `not __fish_seen_subcommand_from ${verbs.map((verb) => verb.name).join(" ")}`;
  return `${[
    ...globals.map((word) => option("", word)),
    ...verbs.map((verb) => line(noVerb, `-fa ${verb.name} -d ${quoted(verb.description)}`)),
    ...verbs.flatMap((verb) => {
      const here = `__fish_seen_subcommand_from ${verb.name}`;
      const choices =
        verb.choices.length > 0 ? [line(here, `-fa ${quoted(verb.choices.join(" "))}`)] : [];
      return [...choices, ...verb.words.map((word) => option(here, word))];
    }),
  ].join("\n")}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
