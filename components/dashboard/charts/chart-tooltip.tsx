import { formatCount } from "../format";

export interface ChartTooltipProps {
  title: string;
  entries: readonly { name: string; value: number; color: string | undefined }[];
}

/** What stands under the pointer. */
export function ChartTooltip({ title, entries }: ChartTooltipProps) {
  return (
    <div className="rounded-sm border border-line-strong bg-surface px-2.5 py-2 text-xs shadow-float">
      <p className="nums mb-1 text-ink-3">{title}</p>
      <ul className="grid gap-0.5">
        {entries.map(({ name, value, color }) => (
          <li key={name} className="flex items-center gap-2">
            <span
              aria-hidden
              className="size-2 shrink-0 rounded-[2px]"
              style={{ background: color }}
            />
            <span className="text-ink-2">{name}</span>
            <span className="nums ml-auto pl-4 font-medium">{formatCount(value)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
