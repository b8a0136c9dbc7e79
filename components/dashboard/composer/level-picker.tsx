"use client";

import { RadioGroup } from "radix-ui";
import { cn } from "@/components/ui/cn";
import { LEVELS, type Level } from "@/core/broadcast";
import { LEVEL_LOOKS } from "../level";

const CHECKED: Record<Level, string> = {
  info: "data-[state=checked]:border-info data-[state=checked]:bg-info-soft",
  success: "data-[state=checked]:border-success data-[state=checked]:bg-success-soft",
  warning: "data-[state=checked]:border-warning data-[state=checked]:bg-warning-soft",
  alert: "data-[state=checked]:border-alert data-[state=checked]:bg-alert-soft",
};

export function LevelPicker({
  value,
  onChange,
  labelledBy,
  compact = false,
}: {
  value: Level;
  onChange: (level: Level) => void;
  labelledBy: string;
  /** In two columns, for a narrow place. */
  compact?: boolean;
}) {
  return (
    <RadioGroup.Root
      aria-labelledby={labelledBy}
      value={value}
      onValueChange={(next) => {
        const level = LEVELS.find((each) => each === next);
        if (level) onChange(level);
      }}
      orientation="horizontal"
      className={cn("grid grid-cols-2 gap-2", !compact && "sm:grid-cols-4")}
    >
      {LEVELS.map((level) => {
        const { icon: Icon, label, ink } = LEVEL_LOOKS[level];
        return (
          <RadioGroup.Item
            key={level}
            value={level}
            className={cn(
              "flex h-9 items-center gap-2 rounded-sm border border-line-control bg-surface px-2.5 text-sm touch",
              "font-medium text-ink-2 transition-colors duration-150 hover:bg-hover",
              "data-[state=checked]:text-ink",
              CHECKED[level],
            )}
          >
            <Icon aria-hidden className={cn("size-4", ink)} />
            {label}
          </RadioGroup.Item>
        );
      })}
    </RadioGroup.Root>
  );
}
