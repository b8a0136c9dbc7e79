import { ChevronLeft } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";

export interface PageProps {
  title: ReactNode;
  /** After the title: a status. */
  beside?: ReactNode;
  description?: ReactNode;
  /** Where "back" goes, on pages below another one. */
  back?: { href: string; label: string };
  actions?: ReactNode;
  /** Of the content. */
  className?: string;
  children: ReactNode;
}

/** A screen: its heading, what can be done here, its content. */
export function Page({
  title,
  beside,
  description,
  back,
  actions,
  className,
  children,
}: PageProps) {
  return (
    <div className="mx-auto w-full max-w-[1200px] px-4 pt-5 pb-16 md:px-8 md:pt-7">
      {back ? (
        <Link
          href={back.href}
          className="mb-2 -ml-1 inline-flex items-center gap-1 rounded-xs text-ink-3 text-sm hover:text-ink touch"
        >
          <ChevronLeft aria-hidden className="size-4" />
          {back.label}
        </Link>
      ) : null}
      <header className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="min-w-0 font-semibold text-xl tracking-[-0.015em]">{title}</h1>
            {beside}
          </div>
          {description ? <p className="mt-0.5 text-ink-2 text-sm">{description}</p> : null}
        </div>
        {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
      </header>
      <div className={cn("mt-6 min-w-0", className)}>{children}</div>
    </div>
  );
}
