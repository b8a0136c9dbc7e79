import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "./cn";

const badgeStyle = cva(
  "inline-flex h-5 items-center gap-1 whitespace-nowrap rounded-full border px-2 font-medium text-2xs [&_svg]:size-3",
  {
    variants: {
      tone: {
        neutral: "border-line-strong bg-sunken text-ink-2",
        outline: "border-line-strong text-ink-2",
        accent: "border-transparent bg-select text-on-select",
        info: "border-info-line bg-info-soft text-info",
        success: "border-success-line bg-success-soft text-success",
        warning: "border-warning-line bg-warning-soft text-warning",
        alert: "border-alert-line bg-alert-soft text-alert",
      },
    },
    defaultVariants: { tone: "neutral" },
  },
);

export function Badge({
  tone,
  className,
  ...rest
}: ComponentProps<"span"> & VariantProps<typeof badgeStyle>) {
  return <span className={cn(badgeStyle({ tone }), className)} {...rest} />;
}
