import { PASSWORD_CHARS } from "@/core/api/people";

export interface PasswordStrength {
  /** 0 = refused, 3 = strong. */
  score: 0 | 1 | 2 | 3;
  hint: string;
}

const COMMON = /password|passwort|letmein|welcome|admin|qwerty|loudhailer|12345|abcdef|iloveyou/i;
const SEQUENCES = "abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm";

/**
 * A hint while typing, not a gate: the server asks for a length alone. Length counts most, what
 * is easily guessed (a common word, repeats, runs, the person's own name) takes it away.
 */
export function passwordStrength(password: string, own: readonly string[] = []): PasswordStrength {
  const missing = PASSWORD_CHARS.min - Array.from(password).length;
  if (missing > 0) return { score: 0, hint: `At least ${PASSWORD_CHARS.min} characters` };
  const guessable = COMMON.test(password) || containsOwn(password, own);
  if (guessable) return { score: 1, hint: "Easy to guess: leave out names and common words" };
  const effective = effectiveLength(password);
  if (effective < 10) return { score: 1, hint: "Easy to guess: many repeats or runs" };
  if (effective < 14) return { score: 2, hint: "Good. A few more words make it strong" };
  return { score: 3, hint: "Strong" };
}

function containsOwn(password: string, own: readonly string[]): boolean {
  const lower = password.toLowerCase();
  return own
    .flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .some((word) => word.length >= 4 && lower.includes(word));
}

/** Characters that neither repeat the one before nor continue a run of three. */
function effectiveLength(password: string): number {
  const characters = Array.from(password.toLowerCase());
  return characters.filter((character, index) => {
    const [third = "", second = ""] = characters.slice(Math.max(0, index - 2), index).slice(-2);
    const run = index >= 2 && SEQUENCES.includes(third + second + character);
    return !run && character !== characters[index - 1];
  }).length;
}
