import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

/**
 * A plausible product page for the banner to stand on: shapes where its words would be, so that
 * the banner is the only thing to read. Decoration.
 */
export function PreviewPage({
  top,
  inline,
  bottom,
  narrow,
}: {
  top: ReactNode;
  inline: ReactNode;
  bottom: ReactNode;
  narrow: boolean;
}) {
  return (
    <div className="flex min-h-full flex-1 flex-col bg-surface">
      {top}
      <div aria-hidden className="flex h-11 shrink-0 items-center gap-3 border-line border-b px-4">
        <span className="size-4 rounded-[5px] bg-ink-off/60" />
        <Bar className="w-14" strong />
        {narrow ? null : (
          <>
            <Bar className="ml-3 w-10" />
            <Bar className="w-12" />
            <Bar className="w-9" />
          </>
        )}
        <span className="ml-auto size-5 rounded-full bg-sunken" />
      </div>
      <div className={cn("grid flex-1 content-start gap-4 p-4", narrow ? "" : "sm:p-6")}>
        {inline}
        <div aria-hidden className="grid gap-2.5">
          <Bar className="h-3 w-2/5" strong />
          <Bar className="w-4/5" />
        </div>
        <div aria-hidden className={cn("grid gap-3", narrow ? "grid-cols-2" : "grid-cols-3")}>
          {(narrow ? [64, 38] : [64, 38, 52]).map((height) => (
            <span
              key={height}
              className="flex h-24 items-end gap-1.5 rounded-md border border-line p-3"
            >
              {[0.45, 0.7, 0.55, 0.85, 1].map((share) => (
                <span
                  key={share}
                  className="flex-1 rounded-[2px] bg-sunken"
                  style={{ height: `${height * share}%` }}
                />
              ))}
            </span>
          ))}
        </div>
        <div aria-hidden className="grid gap-3 pt-1">
          {["w-11/12", "w-4/5", "w-10/12", "w-3/5"].map((width) => (
            <Bar key={width} className={width} />
          ))}
        </div>
      </div>
      {bottom}
    </div>
  );
}

function Bar({ className, strong = false }: { className?: string; strong?: boolean }) {
  return (
    <span
      className={cn("block h-2 rounded-full", strong ? "bg-ink-off/50" : "bg-sunken", className)}
    />
  );
}
