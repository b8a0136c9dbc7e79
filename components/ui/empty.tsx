import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "./cn";

/** Nothing here yet: says why and what to do next. */
export function Empty({
  icon: Icon,
  title,
  children,
  action,
  isPage = false,
  className,
}: {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** It is all there is on the page, so its title is the page's heading. */
  isPage?: boolean;
  className?: string;
}) {
  const Title = isPage ? "h1" : "p";
  return (
    <div className={cn("grid justify-items-center gap-3 px-6 py-12 text-center", className)}>
      <span className="grid size-10 place-items-center rounded-md border border-line bg-sunken text-ink-3">
        <Icon aria-hidden className="size-5" />
      </span>
      <div className="grid gap-1">
        <Title className="font-medium">{title}</Title>
        {children ? (
          <p className="max-w-[46ch] text-balance text-ink-2 text-sm">{children}</p>
        ) : null}
      </div>
      {action}
    </div>
  );
}
