import type { ReactNode } from "react";
import { Mark } from "@/components/dashboard/mark";

/** What the pages before the dashboard share: the mark, a heading, one form. */
export function AuthCard({
  title,
  children,
  description,
}: {
  title: string;
  description?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="w-full max-w-[360px] animate-fade">
      <Mark className="size-10 rounded-[10px]" />
      <h1 className="mt-6 text-balance font-semibold text-2xl tracking-[-0.02em]">{title}</h1>
      {description ? <p className="mt-1.5 text-ink-2">{description}</p> : null}
      {children ? <div className="mt-7">{children}</div> : null}
    </div>
  );
}
