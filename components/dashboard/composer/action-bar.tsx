import type { ReactNode } from "react";

/**
 * At the foot of the composer: whether it is saved, and what can be done with it. On a phone it
 * stands in the place of the navigation; the way out is the link at the top.
 */
export function ActionBar({ status, children }: { status: ReactNode; children: ReactNode }) {
  return (
    <div
      data-action-bar
      className="fixed inset-x-0 bottom-0 z-40 border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:left-58"
    >
      <div className="mx-auto flex max-w-[1200px] flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3 md:px-8">
        <div className="min-w-0 max-sm:w-full">{status}</div>
        <div className="flex flex-wrap items-center gap-2 max-sm:w-full max-sm:[&>*:last-child]:flex-1">
          {children}
        </div>
      </div>
    </div>
  );
}
