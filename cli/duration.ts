import { CliError, EXIT } from "./failure";

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `2h`, `1h30m`, `7d` in ms. @throws CliError */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) {
    throw new CliError(`"${text}" is not a duration; write 15m, 2h or 1h30m.`, EXIT.usage);
  }
  return parts.reduce((sum, [, amount, unit]) => {
    return sum + Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }, 0);
}
