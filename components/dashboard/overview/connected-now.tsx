"use client";

import { Server, ServerCrash } from "lucide-react";
import dynamic from "next/dynamic";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/skeleton";
import {
  type ConnectionSample,
  joinSamples,
  workerColors,
  workersOf,
} from "../charts/connection-samples";
import { useDashboard } from "../context";
import { formatCount, plural } from "../format";
import { useLive } from "../live";
import type { LiveWorker } from "../live-frames";
import { RollingNumber } from "../rolling-number";

const ConnectionsChart = dynamic(() => import("../charts/connections-chart"), {
  ssr: false,
  loading: () => <Skeleton className="size-full" />,
});

/** How many people are here now, on which servers, and how that went in the last hour. */
export function ConnectedNow({ history }: { history: readonly ConnectionSample[] }) {
  const { figures, samples, connection } = useLive();
  const { timeZone } = useDashboard().workspace;
  const shown = joinSamples(history, samples);
  const colorOf = workerColors(workersOf(shown));
  return (
    <section aria-label="Connected now" className="rounded-md border border-line">
      <div className="flex flex-wrap items-start justify-between gap-x-10 gap-y-3 px-4 pt-4">
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
          {figures ? (
            <>
              <p className="mt-0.5 font-semibold text-3xl tracking-[-0.02em]">
                <RollingNumber value={figures.connectedUsers} />
              </p>
              <p className="nums text-ink-3 text-sm">
                {plural(figures.connections, "connection", "connections")} in{" "}
                {plural(figures.connectedSessions, "session", "sessions")}
              </p>
            </>
          ) : (
            <>
              <Skeleton className="mt-2 h-8 w-20" />
              <Skeleton className="mt-2 h-4 w-44" />
            </>
          )}
        </div>
        {figures ? <Workers workers={figures.workers} colorOf={colorOf} /> : null}
      </div>
      <div aria-hidden className="h-36 px-4 pt-3 pb-2">
        <ConnectionsChart samples={shown} colorOf={colorOf} timeZone={timeZone} />
      </div>
    </section>
  );
}

function Workers({
  workers,
  colorOf,
}: {
  workers: readonly LiveWorker[];
  colorOf: (workerId: string) => string;
}) {
  const silent = workers.filter((worker) => worker.silent).length;
  return (
    <div className="grid justify-items-end gap-2 max-sm:justify-items-start">
      <p className="flex items-center gap-1.5 text-ink-2 text-sm">
        {silent > 0 ? (
          <ServerCrash aria-hidden className="size-4 text-warning" />
        ) : (
          <Server aria-hidden className="size-4 text-ink-3" />
        )}
        {plural(workers.length, "server", "servers")} ·{" "}
        {silent > 0 ? `${silent} not answering` : "all healthy"}
      </p>
      <ul aria-label="Connections by server" className="flex flex-wrap gap-1.5">
        {workers.map(({ workerId, connections, silent: isSilent }) => (
          <li
            key={workerId}
            className={cn(
              "nums inline-flex h-6 items-center gap-1.5 rounded-xs bg-sunken px-2 text-xs",
              isSilent && "text-warning",
            )}
          >
            <span
              aria-hidden
              className="size-2 rounded-[2px]"
              style={{ background: colorOf(workerId) }}
            />
            <span className="max-w-40 truncate font-mono text-ink-2">{workerId}</span>
            {formatCount(connections)}
          </li>
        ))}
      </ul>
    </div>
  );
}
