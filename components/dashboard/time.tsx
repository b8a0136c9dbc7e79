"use client";

import { Tooltip } from "@/components/ui/tooltip";
import { useDashboard } from "./context";
import { formatDateTime, formatDuration, formatRelative } from "./format";
import { useNow } from "./use-now";

/** A time relative to now, with the absolute one, zone named, on hover and on focus. */
export function RelativeTime({ at, className }: { at: number; className?: string }) {
  const { timeZone } = useDashboard().workspace;
  const now = useNow(5_000);
  const absolute = formatDateTime(at, timeZone);
  return (
    <Tooltip content={absolute}>
      <time dateTime={new Date(at).toISOString()} className={className}>
        {now === null ? absolute : formatRelative(at, now)}
      </time>
    </Tooltip>
  );
}

/** How long it is until `at`: `3 h 12 m`. Counts down. */
export function Countdown({ at }: { at: number }) {
  const { timeZone } = useDashboard().workspace;
  const now = useNow();
  const absolute = formatDateTime(at, timeZone);
  return (
    <Tooltip content={absolute}>
      <time dateTime={new Date(at).toISOString()} className="nums">
        {now === null ? absolute : formatDuration(at - now)}
      </time>
    </Tooltip>
  );
}

/** A time on the workspace's clock, its zone named. */
export function AbsoluteTime({ at }: { at: number }) {
  const { timeZone } = useDashboard().workspace;
  return (
    <time dateTime={new Date(at).toISOString()} className="nums">
      {formatDateTime(at, timeZone)}
    </time>
  );
}
