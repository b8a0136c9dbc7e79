import { expect, test } from "vitest";
import { Lane } from "./lane";

/** Work that ends when it is told to, and says when it began and ended. */
class Works {
  readonly log: string[] = [];
  readonly #ends = new Map<string, (error?: Error) => void>();

  work(name: string): () => Promise<void> {
    return () => {
      this.log.push(`${name} begins`);
      return new Promise((resolve, reject) => {
        this.#ends.set(name, (error) => {
          this.log.push(`${name} ends`);
          if (error) reject(error);
          else resolve();
        });
      });
    };
  }

  async end(name: string, error?: Error): Promise<void> {
    const end = this.#ends.get(name);
    if (!end) throw new Error(`${name} has not begun.`);
    end(error);
    await settled();
  }
}

/** All that follows from what has happened has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("[SEC6] work goes on side by side", async () => {
  const works = new Works();
  const lane = new Lane();
  const both = [lane.beside(works.work("a")), lane.beside(works.work("b"))];
  expect(works.log).toEqual(["a begins", "b begins"]);
  expect(lane.isEmpty).toBe(false);
  await works.end("b");
  await works.end("a");
  await Promise.all(both);
  expect(lane.isEmpty).toBe(true);
});

test("[ACK3] what is alone waits for all before it, and all after it waits for its end", async () => {
  const works = new Works();
  const lane = new Lane();
  const all = [
    lane.beside(works.work("dismissed as a visitor")),
    lane.alone(works.work("sign-in")),
    lane.beside(works.work("dismissed as the user")),
    lane.alone(works.work("second sign-in")),
    lane.beside(works.work("after it")),
  ];
  await settled();
  expect(works.log).toEqual(["dismissed as a visitor begins"]);
  await works.end("dismissed as a visitor");
  expect(works.log.at(-1)).toBe("sign-in begins");
  await works.end("sign-in");
  expect(works.log.at(-1)).toBe("dismissed as the user begins");
  await works.end("dismissed as the user");
  expect(works.log.at(-1)).toBe("second sign-in begins");
  await works.end("second sign-in");
  expect(works.log.at(-1)).toBe("after it begins");
  await works.end("after it");
  await Promise.all(all);
  expect(lane.isEmpty).toBe(true);
  // Nothing is left of the barriers: the next begins at once.
  void lane.beside(works.work("next"));
  expect(works.log.at(-1)).toBe("next begins");
});

test("[SEC6] work that fails fails its own caller, and holds up nobody", async () => {
  const works = new Works();
  const lane = new Lane();
  const failing = lane.beside(works.work("a"));
  const alone = lane.alone(works.work("b"));
  const after = lane.beside(works.work("c"));
  const outcomes = Promise.allSettled([failing, alone, after]);
  await works.end("a", new Error("a failed"));
  expect(works.log.at(-1)).toBe("b begins");
  await works.end("b", new Error("b failed"));
  expect(works.log.at(-1)).toBe("c begins");
  await works.end("c");
  expect((await outcomes).map(({ status }) => status)).toEqual([
    "rejected",
    "rejected",
    "fulfilled",
  ]);
  expect(lane.isEmpty).toBe(true);
});
