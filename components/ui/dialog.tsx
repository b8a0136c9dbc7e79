"use client";

import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";
import { cn } from "./cn";

export const overlayStyle = "fixed inset-0 z-50 animate-fade bg-scrim";

export const dialogStyle = cn(
  "fixed top-1/2 left-1/2 z-50 -translate-x-1/2 -translate-y-1/2 animate-fade",
  "max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-md overflow-y-auto",
  "rounded-lg border border-line-strong bg-surface shadow-float focus:outline-none",
);

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, the one that acts last. */
  footer?: ReactNode;
  className?: string;
}

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  className,
}: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={overlayStyle} />
        <Radix.Content
          className={cn(dialogStyle, className)}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className="flex items-start justify-between gap-4 px-5 pt-5">
            <div className="grid gap-1">
              <Radix.Title className="font-semibold text-lg">{title}</Radix.Title>
              {description ? (
                <Radix.Description asChild>
                  <div className="text-base text-ink-2">{description}</div>
                </Radix.Description>
              ) : null}
            </div>
            <Radix.Close asChild>
              <Button look="quiet" size="icon-sm" aria-label="Close" className="-mt-1 -mr-2">
                <X aria-hidden />
              </Button>
            </Radix.Close>
          </header>
          {children ? <div className="px-5 pt-4">{children}</div> : null}
          {footer ? (
            <footer className="flex flex-wrap justify-end gap-2 px-5 pt-5 pb-5">{footer}</footer>
          ) : (
            <div className="pb-5" />
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
