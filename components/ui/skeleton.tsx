import { cn } from "./cn";

/** In the place of what is on its way, as large as it will be. Says nothing by itself. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden
      data-waiting
      className={cn("block animate-wait rounded-xs bg-sunken", className)}
    />
  );
}

/** Rows of a table, or of a list, that are on their way. */
export function SkeletonRows({ rows, label }: { rows: number; label: string }) {
  return (
    <div role="status" aria-label={`${label} are loading`} className="divide-y divide-line">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of nothing have no other identity
        <div key={row} className="flex h-12 items-center gap-6 px-4">
          <Skeleton className="h-3 w-2/5" />
          <Skeleton className="ml-auto h-3 w-16" />
          <Skeleton className="h-3 w-24 max-sm:hidden" />
        </div>
      ))}
    </div>
  );
}
