"use client";

import { cn } from "@/components/ui/cn";
import { formatCount } from "./format";
import { useLive } from "./live";

/** At the foot of the sidebar: whether figures are live, and how many are connected. */
export function ConnectionDot() {
  const { connection, figures } = useLive();
  const open = connection === "open" && figures !== null;
  return (
    <p className="flex h-8 items-center gap-2.5 px-2 text-ink-3 text-xs">
      <span className="grid size-4 place-items-center">
        <span
          aria-hidden
          className={cn("size-2 rounded-full", open ? "animate-pulse-live bg-live" : "bg-ink-off")}
        />
      </span>
      <span className="nums">
        {open ? `${formatCount(figures.connectedUsers)} connected` : WORDS[connection]}
      </span>
    </p>
  );
}

const WORDS = {
  connecting: "Connecting",
  open: "Connecting",
  lost: "Reconnecting",
} as const;
