"use client";

import { Server } from "lucide-react";
import { cn } from "@/components/ui/cn";
import { formatCount, plural } from "../format";
import { useLive } from "../live";
import type { LiveWorker } from "../live-frames";
import { RollingNumber } from "../rolling-number";
import { Sparkline } from "../sparkline";

/** How many people are here now, and on which servers. */
export function ConnectedNow() {
  const { figures, samples, connection } = useLive();
  return (
    <section
      aria-label="Connected now"
      className="flex flex-wrap items-center justify-between gap-x-10 gap-y-4 rounded-md border border-line px-5 py-4"
    >
      <div className="flex items-center gap-6">
        <div>
          <p className="flex items-center gap-2 text-ink-2 text-sm">
            <span
              aria-hidden
              className={cn(
                "size-2 rounded-full",
                connection === "open" ? "animate-pulse-live bg-live" : "bg-ink-off",
              )}
            />
            Connected now
          </p>
          <p className="mt-0.5 font-semibold text-3xl tracking-[-0.02em]">
            {figures ? <RollingNumber value={figures.connectedUsers} /> : "–"}
          </p>
        </div>
        <Sparkline values={samples} />
      </div>
      {figures ? (
        <div className="grid gap-2 text-sm">
          <p className="nums text-ink-2">
            {plural(figures.connections, "connection", "connections")} in{" "}
            {plural(figures.connectedSessions, "session", "sessions")}
          </p>
          <Workers workers={figures.workers} />
        </div>
      ) : null}
    </section>
  );
}

function Workers({ workers }: { workers: readonly LiveWorker[] }) {
  return (
    <ul aria-label="By worker" className="flex flex-wrap gap-1.5">
      {workers.map(({ workerId, connections }) => (
        <li
          key={workerId}
          className="nums inline-flex h-6 items-center gap-1.5 rounded-xs bg-sunken px-2 text-xs"
        >
          <Server aria-hidden className="size-3 text-ink-3" />
          <span className="max-w-40 truncate font-mono text-ink-2">{workerId}</span>
          {formatCount(connections)}
        </li>
      ))}
    </ul>
  );
}
