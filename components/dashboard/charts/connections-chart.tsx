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
import { formatShortTime } from "../format";
import { countAxis, frame, grid, timeAxis, underPointer } from "./axes";
import { type ConnectionSample, minuteTicks, workersOf } from "./connection-samples";

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
      <AreaChart {...frame} data={data}>
        <CartesianGrid {...grid} />
        <XAxis
          {...timeAxis}
          type="number"
          scale="time"
          domain={["dataMin", "dataMax"]}
          ticks={minuteTicks(samples[0]?.at ?? 0, last)}
          tickFormatter={time}
          minTickGap={40}
        />
        <YAxis {...countAxis} />
        <Tooltip cursor={{ stroke: "var(--line-control)" }} {...underPointer(time)} />
        {workersOf(samples).map((workerId) => (
          <Area
            key={workerId}
            type="linear"
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
