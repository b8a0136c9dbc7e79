import type { ComponentProps } from "react";
import type { Tooltip, XAxis, YAxis } from "recharts";
import { formatCount } from "../format";
import { ChartTooltip } from "./chart-tooltip";

const tick = { fill: "var(--ink-3)", fontSize: 12 };

/** What the charts have in common. Props and no components: Recharts looks for its own. */
export const frame = {
  accessibilityLayer: false,
  margin: { top: 6, right: 0, bottom: 0, left: 0 },
};

export const grid = { vertical: false, stroke: "var(--line)" };

export const timeAxis: ComponentProps<typeof XAxis> = {
  dataKey: "at",
  tickLine: false,
  axisLine: { stroke: "var(--line-strong)" },
  tick,
};

export const countAxis: ComponentProps<typeof YAxis> = {
  allowDecimals: false,
  width: 36,
  tickFormatter: formatCount,
  tickLine: false,
  axisLine: false,
  tick,
};

/** @param titleOf what stands above the figures of a moment, ms */
export function underPointer(
  titleOf: (at: number) => string,
): Pick<ComponentProps<typeof Tooltip>, "isAnimationActive" | "content"> {
  return {
    isAnimationActive: false,
    content: ({ active, payload, label }) =>
      active && payload ? (
        <ChartTooltip
          title={titleOf(Number(label))}
          entries={payload.map(({ name, value, color }) => ({
            name: String(name),
            value: Number(value),
            color,
          }))}
        />
      ) : null,
  };
}
