import { LIMITS } from "./limits";
import { type BroadcastContent, contentOf } from "./revisions";

export interface Problem {
  /** Path of the field it is about. */
  path: string[];
  message: string;
}

/**
 * What the fields of a broadcast must fulfil together, beyond each on its own: [BC3], order of
 * times, [BC11]. For a new broadcast and for the result of an edit alike.
 */
export function contentProblems(content: BroadcastContent): Problem[] {
  const problems: Problem[] = [];
  const { dismissible, startsAt, endsAt } = content;
  if (!dismissible && endsAt === null) {
    problems.push({
      path: ["endsAt"],
      message: "A broadcast that cannot be dismissed needs an end",
    });
  }
  if (startsAt !== null && endsAt !== null && endsAt <= startsAt) {
    problems.push({ path: ["endsAt"], message: "The end must be after the start" });
  }
  const bytes = new TextEncoder().encode(JSON.stringify(contentOf(content))).length;
  if (bytes > LIMITS.rowBytes) {
    problems.push({
      path: [],
      message: `Broadcast is too large: ${bytes} bytes, the limit is ${LIMITS.rowBytes}`,
    });
  }
  return problems;
}
