import { cn } from "@/components/ui/cn";
import type { Status } from "@/core/broadcast";

const LOOKS: Record<Status, { label: string; dot: string; ink: string }> = {
  live: { label: "Live", dot: "animate-pulse-live bg-live", ink: "text-live-ink" },
  scheduled: { label: "Scheduled", dot: "border-[1.5px] border-focus", ink: "text-ink" },
  draft: { label: "Draft", dot: "border-[1.5px] border-ink-3 border-dashed", ink: "text-ink-2" },
  ended: { label: "Ended", dot: "bg-ink-off", ink: "text-ink-2" },
  cleared: { label: "Cleared", dot: "bg-ink-off", ink: "text-ink-2" },
  archived: { label: "Archived", dot: "bg-ink-off", ink: "text-ink-3" },
};

/** A status by dot and word; only *live* moves. */
export function StatusLabel({ status, className }: { status: Status; className?: string }) {
  const look = LOOKS[status];
  return (
    <span
      className={cn(
        "inline-flex items-center gap-2 whitespace-nowrap font-medium text-sm",
        look.ink,
        className,
      )}
    >
      <span aria-hidden className={cn("size-2 shrink-0 rounded-full", look.dot)} />
      {look.label}
    </span>
  );
}
