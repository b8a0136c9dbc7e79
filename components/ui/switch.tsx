"use client";

import { Switch as Radix } from "radix-ui";
import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "./cn";

export function Switch({ className, ...rest }: ComponentProps<typeof Radix.Root>) {
  return (
    <Radix.Root
      className={cn(
        "relative h-5 w-9 shrink-0 rounded-full border border-transparent bg-line-control",
        "transition-colors duration-150 data-[state=checked]:bg-primary",
        "disabled:cursor-not-allowed disabled:opacity-50",
        className,
      )}
      {...rest}
    >
      <Radix.Thumb
        className={cn(
          "block size-4 translate-x-px rounded-full bg-surface",
          "transition-transform duration-150 ease-out data-[state=checked]:translate-x-[17px]",
        )}
      />
    </Radix.Root>
  );
}

export interface SwitchFieldProps
  extends Pick<
    ComponentProps<typeof Radix.Root>,
    "checked" | "onCheckedChange" | "disabled" | "name"
  > {
  label: string;
  hint?: ReactNode;
  className?: string;
}

/** A switch at the end of its label's line; the whole line is the target. */
export function SwitchField({ label, hint, className, ...rest }: SwitchFieldProps) {
  const id = useId();
  return (
    <div className={cn("flex items-start justify-between gap-6", className)}>
      <div className="min-w-0">
        <label htmlFor={id} className="block cursor-pointer font-medium text-sm">
          {label}
        </label>
        {hint ? (
          <p id={`${id}-hint`} className="text-ink-3 text-xs">
            {hint}
          </p>
        ) : null}
      </div>
      <Switch id={id} aria-describedby={hint ? `${id}-hint` : undefined} {...rest} />
    </div>
  );
}
