"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./button";
import { cn } from "./cn";

const CONFIRMED_MS = 1_600;

/** Copies `text`; says so for a moment, to the eye and to assistive technology. */
export function CopyButton({
  text,
  label = "Copy",
  className,
}: {
  text: string;
  label?: string;
  className?: string;
}) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), CONFIRMED_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => setState((await copyText(text)) ? "copied" : "failed");
  const words = state === "copied" ? "Copied" : state === "failed" ? "Select and copy" : label;
  return (
    <Button size="sm" onClick={copy} className={className}>
      {state === "copied" ? <Check aria-hidden /> : <Copy aria-hidden />}
      <span aria-live="polite">{words}</span>
    </Button>
  );
}

/** Pages that were not opened over https have no clipboard; there, an older way still works. */
async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  // Inside the open dialog, if there is one: it keeps the focus to itself.
  (document.querySelector("[role=dialog]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

/** Text to copy: one line (a link, a key) or a block of code. */
export function CopyBlock({
  text,
  label,
  className,
}: {
  text: string;
  /** Names what is copied. */
  label: string;
  className?: string;
}) {
  const lines = text.includes("\n");
  return (
    <div
      className={cn(
        "relative flex min-w-0 gap-2 rounded-sm border border-line bg-sunken p-2 pl-3",
        lines ? "items-start" : "items-center",
        className,
      )}
    >
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={label}
        className="min-w-0 flex-1 overflow-x-auto rounded-xs"
      >
        <pre className="py-1 font-mono text-xs leading-5">{text}</pre>
      </section>
      <CopyButton text={text} />
    </div>
  );
}
