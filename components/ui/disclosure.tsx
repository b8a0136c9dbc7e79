"use client";

import { ChevronRight } from "lucide-react";
import { Collapsible } from "radix-ui";
import { type ReactNode, useState } from "react";

/** A section that opens; its summary says what is in it while it is closed. */
export function Disclosure({
  title,
  summary,
  open: given,
  onOpenChange,
  forceOpen = false,
  children,
}: {
  title: string;
  summary: ReactNode;
  /** Absent: it opens and closes by itself. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** Open whatever the reader chose: an error is inside. */
  forceOpen?: boolean;
  children: ReactNode;
}) {
  const [own, setOwn] = useState(false);
  const open = given ?? own;
  return (
    <Collapsible.Root
      open={open || forceOpen}
      onOpenChange={onOpenChange ?? setOwn}
      className="border-line border-t"
    >
      <Collapsible.Trigger className="group flex w-full items-center gap-2 py-3.5 text-left touch">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 text-ink-3 transition-transform duration-150 ease-out group-data-[state=open]:rotate-90"
        />
        <span className="shrink-0 font-medium text-sm">{title}</span>
        <span className="ml-auto min-w-0 truncate pl-4 text-ink-2 text-sm">{summary}</span>
      </Collapsible.Trigger>
      <Collapsible.Content className="pb-5 pl-6">{children}</Collapsible.Content>
    </Collapsible.Root>
  );
}
