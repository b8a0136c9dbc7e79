import type { ReactNode } from "react";
import { cn } from "./cn";

/** A key to press. Hidden from assistive technology: `aria-keyshortcuts` says it there. */
export function Kbd({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <kbd
      aria-hidden
      className={cn(
        "inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-xs px-1",
        "bg-current/10 font-medium font-sans text-2xs",
        "pointer-coarse:hidden",
        className,
      )}
    >
      {children}
    </kbd>
  );
}
