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
import { formatCount, formatDateTime, formatShortTime } from "../format";
import { ChartTooltip } from "./chart-tooltip";
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
      <ComposedChart
        accessibilityLayer={false}
        data={data}
        margin={{ top: 6, right: 0, bottom: 0, left: 0 }}
        barGap={1}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          tickFormatter={(at: number) => formatShortTime(at, last, timeZone)}
          tickLine={false}
          axisLine={{ stroke: "var(--line-strong)" }}
          tick={{ fill: "var(--ink-3)", fontSize: 12 }}
          minTickGap={48}
        />
        <YAxis
          allowDecimals={false}
          width={44}
          tickFormatter={formatCount}
          tickLine={false}
          axisLine={false}
          tick={{ fill: "var(--ink-3)", fontSize: 12 }}
        />
        <Tooltip
          cursor={{ fill: "var(--hover)" }}
          isAnimationActive={false}
          content={({ active, payload, label }) =>
            active && payload ? (
              <ChartTooltip
                title={formatDateTime(Number(label), timeZone)}
                entries={payload.map(({ name, value, color }) => ({
                  name: String(name),
                  value: Number(value),
                  color,
                }))}
              />
            ) : null
          }
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
