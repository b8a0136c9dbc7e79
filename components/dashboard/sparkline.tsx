import { cn } from "@/components/ui/cn";

const WIDTH = 120;
const HEIGHT = 32;
const EDGE = 2;
/** Above the highest figure: one that never changed is a line, not a block. */
const HEADROOM = 1.4;

/** A small curve of recent figures. Decoration: the present one stands beside it in words. */
export function Sparkline({
  values,
  className,
}: {
  values: readonly number[];
  className?: string;
}) {
  if (values.length < 2) return null;
  const points = pointsOf(values);
  const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const [lastX = WIDTH, lastY = HEIGHT] = points.at(-1) ?? [];
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={cn("h-8 w-30 overflow-visible", className)}
    >
      <polygon points={`${EDGE},${HEIGHT} ${line} ${lastX},${HEIGHT}`} className="fill-live/10" />
      <polyline
        points={line}
        fill="none"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
        className="stroke-live"
      />
      <circle cx={lastX} cy={lastY} r="2.25" className="fill-live" />
    </svg>
  );
}

/** From zero, so that a small change looks small. */
function pointsOf(values: readonly number[]): [number, number][] {
  const top = Math.max(...values, 1) * HEADROOM;
  const step = (WIDTH - 2 * EDGE) / (values.length - 1);
  return values.map((value, index) => [
    EDGE + index * step,
    HEIGHT - EDGE - (value / top) * (HEIGHT - 3 * EDGE),
  ]);
}
