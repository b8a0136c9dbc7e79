import { cpus } from "node:os";
import { rounded } from "./figures";
import { isMet, type Line, type Outcome, type Plan } from "./plan";

const HEADINGS = ["", "what", "target", "measured", "detail"];

function cellsOf(line: Line): string[] {
  const measured = `${rounded(line.value)} ${line.unit}`.trim();
  return [isMet(line) ? "met" : "MISSED", line.what, line.target, measured, line.detail];
}

/** For a terminal. */
export function inText(lines: readonly Line[], notes: readonly string[]): string {
  const rows = [HEADINGS, ...lines.map(cellsOf)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const text = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${[...text, "", ...notes].join("\n")}\n`;
}

export function inMarkdown(plan: Plan, { lines, notes = [] }: Outcome): string {
  const [, ...headings] = HEADINGS;
  const rows = [
    [...headings, ""],
    [...headings.map(() => "---"), "---"],
    ...lines.map((line) => {
      const [state = "", ...cells] = cellsOf(line);
      return [...cells, state === "met" ? "met" : "**missed**"];
    }),
  ];
  const conditions = [
    `${plan.connections.toLocaleString("en-US")} connections, ${plan.rounds} rounds,`,
    `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`,
  ];
  const table = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
  return `${conditions.join(" ")}\n\n${table}\n\n${notes.map((note) => `- ${note}`).join("\n")}\n`;
}
