"use client";

import { RadioGroup } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "./cn";

export interface Segment<T extends string> {
  value: T;
  label: string;
  icon?: ReactNode;
  /** Shows the icon alone; the label stays for assistive technology. */
  iconOnly?: boolean;
}

export interface SegmentedProps<T extends string> {
  /** Names the group. */
  label: string;
  value: T;
  onChange: (value: T) => void;
  segments: readonly Segment<T>[];
  disabled?: boolean;
  className?: string;
}

/** One of a few: a radio group that looks like one control. */
export function Segmented<T extends string>({
  label,
  value,
  onChange,
  segments,
  disabled,
  className,
}: SegmentedProps<T>) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        const found = segments.find((segment) => segment.value === next);
        if (found) onChange(found.value);
      }}
      disabled={disabled}
      orientation="horizontal"
      className={cn("inline-flex gap-0.5 rounded-sm bg-sunken p-0.5", className)}
    >
      {segments.map((segment) => (
        <RadioGroup.Item
          key={segment.value}
          value={segment.value}
          aria-label={segment.iconOnly ? segment.label : undefined}
          title={segment.iconOnly ? segment.label : undefined}
          className={cn(
            "inline-flex h-7 items-center justify-center gap-1.5 rounded-xs px-2.5 text-ink-2 text-xs touch",
            "font-medium transition-colors duration-150 hover:text-ink [&_svg]:size-3.5",
            "data-[state=checked]:bg-surface data-[state=checked]:text-ink",
            "data-[state=checked]:shadow-[0_0_0_1px_var(--line-strong)]",
            "disabled:opacity-50",
          )}
        >
          {segment.icon}
          {segment.iconOnly ? null : segment.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
