"use client";

import { TriangleAlert } from "lucide-react";
import { useLive } from "./live";

/** Said at the top of every page while the cluster is not whole. */
export function StatusLine() {
  const { figures, connection } = useLive();
  const words = wordsFor(figures?.mode ?? "live", figures?.note ?? null, connection);
  return (
    <div role="status" data-live={figures ? connection : "connecting"}>
      {words ? (
        <p className="flex items-start gap-2 border-warning-line border-b bg-warning-soft px-4 py-2 text-sm text-warning md:px-8">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {words}
        </p>
      ) : null}
    </div>
  );
}

function wordsFor(
  mode: "live" | "degraded",
  note: string | null,
  connection: "connecting" | "open" | "lost",
): string | null {
  if (connection === "lost") {
    return "Live figures paused: this page lost its connection and is trying again.";
  }
  if (mode === "degraded") {
    return "Running degraded: publishing works, other servers show a change within 3 seconds. Counts are for this server only.";
  }
  return note;
}
