"use client";

import { CircleAlert } from "lucide-react";
import { formatRelative } from "../format";
import { useNow } from "../use-now";
import type { SaveState } from "./use-draft";

/** Whether what stands in the form is safe. */
export function SaveWords({ state, auto }: { state: SaveState; auto: boolean }) {
  const now = useNow(5_000);
  return (
    <p role="status" className="flex min-w-0 items-center gap-1.5 text-ink-3 text-sm">
      {state.kind === "failed" ? (
        <span className="flex items-start gap-1.5 text-alert">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {state.message}
        </span>
      ) : (
        wordsFor(state, auto, now)
      )}
    </p>
  );
}

function wordsFor(
  state: Exclude<SaveState, { kind: "failed" }>,
  auto: boolean,
  now: number | null,
): string {
  switch (state.kind) {
    case "clean":
      return auto ? "Drafts save themselves" : "No changes";
    case "unsaved":
      return auto ? "Not saved yet" : "Unsaved changes";
    case "saving":
      return "Saving";
    case "saved":
      return `Saved ${formatRelative(state.at, Math.max(now ?? state.at, state.at))}`;
  }
}
