import Link from "next/link";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { formatCount, formatDateTime } from "../format";
import {
  fillSteps,
  INTERVAL_NAMES,
  INTERVALS,
  type Interval,
  type TimelineStep,
} from "./timeline-steps";

const SERIES = [
  { kind: "seen", label: "Seen", className: "bg-ink-3" },
  { kind: "clicked", label: "Clicked", className: "bg-focus" },
  { kind: "dismissed", label: "Dismissed", className: "bg-line-control" },
] as const;

/** When people saw, clicked and dismissed it. */
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
  const top = Math.max(
    1,
    ...filled.flatMap(({ counts }) => SERIES.map(({ kind }) => counts[kind])),
  );
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
          <ul className="flex gap-4 text-ink-2 text-xs">
            {SERIES.map(({ kind, label, className }) => (
              <li key={kind} className="flex items-center gap-1.5">
                <span aria-hidden className={cn("size-2 rounded-[2px]", className)} />
                {label}
              </li>
            ))}
          </ul>
          <ol className="flex h-32 items-end gap-px sm:gap-0.5">
            {filled.map(({ at, counts }) => (
              <li
                key={at}
                title={wordsFor({ at, counts }, timeZone)}
                className="group flex h-full min-w-0 max-w-8 flex-1 items-end justify-center gap-px rounded-xs hover:bg-hover"
              >
                <span className="sr-only">{wordsFor({ at, counts }, timeZone)}</span>
                {SERIES.map(({ kind, className }) => (
                  <span
                    key={kind}
                    aria-hidden
                    className={cn("min-w-px flex-1 rounded-t-[2px]", className)}
                    style={{ height: `${(counts[kind] / top) * 100}%` }}
                  />
                ))}
              </li>
            ))}
          </ol>
          <p className="nums flex justify-between text-ink-3 text-xs">
            <span>{formatDateTime(filled[0]?.at ?? 0, timeZone)}</span>
            {filled.length > 1 ? (
              <span>{formatDateTime(filled.at(-1)?.at ?? 0, timeZone)}</span>
            ) : null}
          </p>
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
  const figures = SERIES.map(({ kind, label }) => `${label} ${formatCount(counts[kind])}`);
  return [formatDateTime(at, timeZone), ...figures].join(" · ");
}
