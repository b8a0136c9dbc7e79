"use client";

import dynamic from "next/dynamic";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import { Skeleton } from "@/components/ui/skeleton";
import { TIMELINE_SERIES } from "../charts/timeline-series";
import { formatCount, formatDateTime } from "../format";
import {
  fillSteps,
  INTERVAL_NAMES,
  INTERVALS,
  type Interval,
  type TimelineStep,
  withQuietBefore,
} from "./timeline-steps";

const TimelineChart = dynamic(() => import("../charts/timeline-chart"), {
  ssr: false,
  loading: () => <Skeleton className="size-full" />,
});

/** Fewer stand at one edge of a wide chart. */
const LEAST = 15;

/** When copies were delivered, and when people saw, clicked and dismissed it. */
export function Timeline({
  id,
  interval,
  steps,
  timeZone,
}: {
  id: string;
  interval: Interval;
  steps: readonly TimelineStep[];
  timeZone: string;
}) {
  const { stepS, most } = INTERVALS[interval];
  const filled = fillSteps(steps, stepS * 1_000, most);
  const shown = withQuietBefore(filled, stepS * 1_000, LEAST);
  return (
    <Card
      title="Time line"
      aside={
        <nav aria-label="Interval" className="flex gap-0.5 rounded-sm bg-sunken p-0.5">
          {INTERVAL_NAMES.map((name) => (
            <Link
              key={name}
              href={`/broadcasts/${id}?interval=${name}`}
              scroll={false}
              aria-current={name === interval ? "true" : undefined}
              className={cn(
                "flex h-7 items-center rounded-xs px-2.5 font-medium text-ink-2 text-xs touch hover:text-ink",
                "aria-[current]:bg-surface aria-[current]:text-ink",
                "aria-[current]:shadow-[0_0_0_1px_var(--line-strong)]",
              )}
            >
              {INTERVALS[name].label}
            </Link>
          ))}
        </nav>
      }
    >
      {filled.length > 0 ? (
        <div className="grid gap-3 px-4 py-4">
          <ul className="flex flex-wrap gap-x-4 gap-y-1 text-ink-2 text-xs">
            {TIMELINE_SERIES.map(({ kind, label, color }) => (
              <li key={kind} className="flex items-center gap-1.5">
                <span aria-hidden className="size-2 rounded-[2px]" style={{ background: color }} />
                {label}
              </li>
            ))}
          </ul>
          <div aria-hidden className="h-48">
            <TimelineChart steps={shown} timeZone={timeZone} />
          </div>
          <ol aria-label="Time line in words" className="sr-only">
            {filled.map((step) => (
              <li key={step.at}>{wordsFor(step, timeZone)}</li>
            ))}
          </ol>
        </div>
      ) : (
        <p className="px-4 py-6 text-ink-2 text-sm">
          Nobody has seen it yet. The first minute with somebody in it appears here.
        </p>
      )}
    </Card>
  );
}

function wordsFor({ at, counts }: TimelineStep, timeZone: string): string {
  const figures = TIMELINE_SERIES.map(({ kind, label }) => `${label} ${formatCount(counts[kind])}`);
  return [formatDateTime(at, timeZone), ...figures].join(" · ");
}
