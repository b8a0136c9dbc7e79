import { rounded } from "./figures";
import type { Chart } from "./plan";

const WIDTH = 640;
const LABELS = 130;
const VALUES = 70;
const BAR = 22;
const GAP = 10;
const TOP = 48;

/** Horizontal bars, ours first; legible on a light and on a dark page. */
export function drawChart({ title, unit, bars }: Chart): string {
  const height = TOP + bars.length * (BAR + GAP) + GAP;
  const longest = Math.max(...bars.map(({ value }) => value));
  const scale = (WIDTH - LABELS - VALUES) / longest;
  const drawn = bars.map(({ name, value }, index) => {
    const y = TOP + index * (BAR + GAP);
    const length = Math.max(1, value * scale);
    const middle = y + BAR / 2 + 5;
    return [
      `<text x="${LABELS - 10}" y="${middle}" text-anchor="end">${name}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="3" class="${index === 0 ? "ours" : "peer"}"/>`,
      `<text x="${(LABELS + length + 8).toFixed(1)}" y="${middle}">${rounded(value)}</text>`,
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}, ${unit}">
<style>
text { font: 14px system-ui, sans-serif; fill: #1f2937 }
.title { font-weight: 600 } .ours { fill: #2563eb } .peer { fill: #9ca3af }
rect.page { fill: #fff }
@media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .ours { fill: #60a5fa } .peer { fill: #6b7280 } rect.page { fill: #0d1117 } }
</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
<text x="10" y="26" class="title">${title}, ${unit}</text>
${drawn.join("\n")}
</svg>
`;
}
