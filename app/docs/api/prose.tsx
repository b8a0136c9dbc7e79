import type { ReactNode } from "react";

/** A description, with what stands between backticks as code. */
export function Prose({ text }: { text: string }): ReactNode {
  return text.split("`").map((part, at) =>
    at % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no identity but their place
      <code key={at} className="font-mono text-[0.92em]">
        {part}
      </code>
    ) : (
      part
    ),
  );
}
