import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "./cn";

export const controlStyle = cn(
  "w-full rounded-sm border border-line-control bg-surface px-2.5 text-base text-ink",
  "transition-[border-color,box-shadow] duration-150",
  "hover:border-ink-off focus-visible:border-focus focus-visible:outline-none",
  "focus-visible:ring-3 focus-visible:ring-focus/25",
  "aria-invalid:border-danger aria-invalid:focus-visible:ring-danger/25",
  "disabled:cursor-not-allowed disabled:bg-sunken disabled:text-ink-3",
);

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={cn(controlStyle, "h-9 touch", className)} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      className={cn(controlStyle, "field-sizing-content min-h-20 resize-none py-2", className)}
      {...rest}
    />
  );
}

/** The browser's own select: the list is the platform's, also on phones. */
export function Select({ className, children, ...rest }: ComponentProps<"select">) {
  return (
    <span className={cn("relative block", className)}>
      <select className={cn(controlStyle, "h-9 appearance-none pr-8 touch")} {...rest}>
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-ink-3"
      />
    </span>
  );
}
