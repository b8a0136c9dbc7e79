import { Crowd, type CrowdOptions } from "./crowd";

/** What the suite asks of a crowd, and what it is answered. */
export interface Question {
  id: number;
  method: keyof Crowd | "gather";
  args: unknown[];
}
export interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

let crowd: Crowd | null = null;

async function answer({ method, args }: Question): Promise<unknown> {
  if (method === "gather") {
    crowd = await Crowd.gather(args[0] as CrowdOptions);
    return undefined;
  }
  if (!crowd) throw new Error("Nobody was gathered.");
  // Both ends are of one build: Swarm has checked method and arguments.
  return (crowd[method] as (...given: unknown[]) => unknown).apply(crowd, args);
}

process.on("message", (question: Question) => {
  const { id } = question;
  answer(question).then(
    (result) => process.send?.({ id, result } satisfies Answer),
    (error) => process.send?.({ id, error: String(error?.message ?? error) } satisfies Answer),
  );
});
process.on("disconnect", () => process.exit(0));
