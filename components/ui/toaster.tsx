"use client";

import dynamic from "next/dynamic";
import { useTheme } from "next-themes";

const Sonner = dynamic(() => import("sonner").then(({ Toaster: shown }) => shown), { ssr: false });

/** Where short confirmations appear, with what undoes them. */
export function Toaster() {
  const { resolvedTheme } = useTheme();
  return (
    <Sonner
      theme={resolvedTheme === "dark" ? "dark" : "light"}
      position="bottom-right"
      gap={8}
      mobileOffset={{ bottom: 72, left: 12, right: 12 }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-(--width) items-center gap-3 rounded-md border border-line-strong bg-surface p-3.5 font-sans text-ink text-sm shadow-float",
          title: "font-medium",
          description: "text-ink-2 text-xs",
          content: "grid min-w-0 flex-1 gap-0.5",
          icon: "shrink-0 [&_svg]:size-4",
          success: "[&_[data-icon]]:text-success",
          error: "[&_[data-icon]]:text-alert",
          warning: "[&_[data-icon]]:text-warning",
          actionButton:
            "h-7 shrink-0 rounded-sm border border-line-control px-2.5 font-medium text-xs hover:bg-hover",
        },
      }}
    />
  );
}
