import type { ComponentProps, ReactNode } from "react";
import { cn } from "./cn";

/** A bordered surface; `title` makes it a labelled section. */
export function Card({
  title,
  description,
  aside,
  className,
  bodyClassName,
  children,
  ...rest
}: Omit<ComponentProps<"section">, "title"> & {
  title?: string;
  description?: ReactNode;
  aside?: ReactNode;
  bodyClassName?: string;
}) {
  return (
    <section
      aria-label={title}
      className={cn("min-w-0 rounded-md border border-line bg-surface", className)}
      {...rest}
    >
      {title ? (
        <header className="flex min-h-12 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-line border-b px-4 py-2.5">
          <div className="min-w-0">
            <h2 className="font-semibold text-base">{title}</h2>
            {description ? <p className="text-ink-3 text-xs">{description}</p> : null}
          </div>
          {aside}
        </header>
      ) : null}
      <div className={bodyClassName}>{children}</div>
    </section>
  );
}
