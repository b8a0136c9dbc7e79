"use client";

import { RadioGroup } from "radix-ui";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Dialog } from "@/components/ui/dialog";

type Show = "silent" | "again";

const CHOICES: readonly { value: Show; label: string; hint: string }[] = [
  {
    value: "again",
    label: "Show again",
    hint: "Also to those who dismissed it. For news they must not miss.",
  },
  {
    value: "silent",
    label: "Silent fix",
    hint: "Dismissals stand. For a typo or a better link.",
  },
];

export function SaveChangesDialog({
  open,
  onOpenChange,
  sentence,
  busy,
  onSave,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Who sees it, in a sentence. */
  sentence: string;
  busy: boolean;
  onSave: (show: Show) => void;
}) {
  const [show, setShow] = useState<Show>("again");
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Save changes?"
      description={sentence}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button look="primary" busy={busy} onClick={() => onSave(show)}>
            {show === "again" ? "Save and show again" : "Save silently"}
          </Button>
        </>
      }
    >
      <RadioGroup.Root
        aria-label="Those who dismissed it"
        value={show}
        onValueChange={(value) => setShow(value === "silent" ? "silent" : "again")}
        className="grid gap-2"
      >
        {CHOICES.map(({ value, label, hint }) => (
          <RadioGroup.Item
            key={value}
            value={value}
            className={cn(
              "grid gap-0.5 rounded-md border border-line-control p-3 text-left transition-colors duration-150",
              "hover:bg-hover data-[state=checked]:border-focus data-[state=checked]:bg-select",
            )}
          >
            <span className="font-medium text-sm">{label}</span>
            <span className="text-ink-2 text-xs">{hint}</span>
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </Dialog>
  );
}
