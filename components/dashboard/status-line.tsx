"use client";

import { TriangleAlert } from "lucide-react";
import { useLive } from "./live";
import { troubleWords } from "./trouble-words";

/** Said at the top of every page while the cluster is not whole. */
export function StatusLine() {
  const { figures, connection } = useLive();
  const words = troubleWords(connection, figures);
  return (
    <div role="status" data-live={figures ? connection : "connecting"}>
      {words.length > 0 ? (
        <div className="flex items-start gap-2.5 border-warning-line border-b bg-warning-soft px-4 py-2 text-sm text-warning md:px-8">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <div className="grid gap-0.5">
            {words.map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
          </div>
        </div>
      ) : null}
    </div>
  );
}
