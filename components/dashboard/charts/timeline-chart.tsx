"use client";

import {
  Area,
  Bar,
  CartesianGrid,
  ComposedChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import type { TimelineStep } from "../broadcast/timeline-steps";
import { formatDateTime, formatShortTime } from "../format";
import { countAxis, frame, grid, timeAxis, underPointer } from "./axes";
import { TIMELINE_SERIES } from "./timeline-series";

export interface TimelineChartProps {
  steps: readonly TimelineStep[];
  timeZone: string;
}

/** Copies delivered behind, people who saw, clicked and dismissed in front. */
export default function TimelineChart({ steps, timeZone }: TimelineChartProps) {
  const data = steps.map(({ at, counts }) => ({ at, ...counts }));
  const last = steps.at(-1)?.at ?? 0;
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart {...frame} data={data} barGap={1}>
        <CartesianGrid {...grid} />
        <XAxis
          {...timeAxis}
          tickFormatter={(at: number) => formatShortTime(at, last, timeZone)}
          minTickGap={48}
        />
        <YAxis {...countAxis} />
        <Tooltip
          cursor={{ fill: "var(--hover)" }}
          {...underPointer((at) => formatDateTime(at, timeZone))}
        />
        {TIMELINE_SERIES.map(({ kind, label, color }) =>
          kind === "delivered" ? (
            <Area
              key={kind}
              type="step"
              dataKey={kind}
              name={label}
              stroke={color}
              fill={color}
              fillOpacity={0.25}
              isAnimationActive={false}
            />
          ) : (
            <Bar
              key={kind}
              dataKey={kind}
              name={label}
              fill={color}
              maxBarSize={14}
              radius={[2, 2, 0, 0]}
              isAnimationActive={false}
            />
          ),
        )}
      </ComposedChart>
    </ResponsiveContainer>
  );
}
