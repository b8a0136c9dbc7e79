"use client";

import {
  Area,
  AreaChart,
  CartesianGrid,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { formatCount, formatShortTime } from "../format";
import { ChartTooltip } from "./chart-tooltip";
import { type ConnectionSample, workersOf } from "./connection-samples";

export interface ConnectionsChartProps {
  /** Oldest first. */
  samples: readonly ConnectionSample[];
  colorOf: (workerId: string) => string;
  timeZone: string;
}

/** Connections by worker, on top of each other. */
export default function ConnectionsChart({ samples, colorOf, timeZone }: ConnectionsChartProps) {
  const data = samples.map(({ at, workers }) => ({
    at,
    ...Object.fromEntries(workers.map(({ workerId, connections }) => [workerId, connections])),
  }));
  const last = samples.at(-1)?.at ?? 0;
  const time = (at: number) => formatShortTime(at, last, timeZone);
  return (
    <ResponsiveContainer width="100%" height="100%">
      <AreaChart
        accessibilityLayer={false}
        data={data}
        margin={{ top: 6, right: 0, bottom: 0, left: 0 }}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          type="number"
          scale="time"
          domain={["dataMin", "dataMax"]}
          tickFormatter={time}
          tickLine={false}
          axisLine={{ stroke: "var(--line-strong)" }}
          tick={{ fill: "var(--ink-3)", fontSize: 12 }}
          minTickGap={56}
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
          cursor={{ stroke: "var(--line-control)" }}
          isAnimationActive={false}
          content={({ active, payload, label }) =>
            active && payload ? (
              <ChartTooltip
                title={time(Number(label))}
                entries={payload.map(({ name, value, color }) => ({
                  name: String(name),
                  value: Number(value),
                  color,
                }))}
              />
            ) : null
          }
        />
        {workersOf(samples).map((workerId) => (
          <Area
            key={workerId}
            type="monotone"
            dataKey={(sample: Record<string, number>) => sample[workerId] ?? 0}
            name={workerId}
            stackId="workers"
            stroke={colorOf(workerId)}
            fill={colorOf(workerId)}
            fillOpacity={0.16}
            strokeWidth={1.5}
            isAnimationActive={false}
          />
        ))}
      </AreaChart>
    </ResponsiveContainer>
  );
}
