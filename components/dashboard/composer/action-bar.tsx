import type { ReactNode } from "react";

/** At the foot of the composer: whether it is saved, and what can be done with it. */
export function ActionBar({ status, children }: { status: ReactNode; children: ReactNode }) {
  return (
    <div className="fixed inset-x-0 bottom-14 z-20 border-line border-t bg-surface md:bottom-0 md:left-58">
      <div className="mx-auto flex max-w-[1200px] flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3 md:px-8">
        <div className="min-w-0 max-sm:w-full">{status}</div>
        <div className="flex flex-wrap items-center gap-2 max-sm:w-full max-sm:[&>*:last-child]:flex-1">
          {children}
        </div>
      </div>
    </div>
  );
}
