"use client";

import { Monitor, Moon, Smartphone, Sun } from "lucide-react";
import { useTheme } from "next-themes";
import { type MouseEvent, type ReactNode, useState } from "react";
import { BannerView } from "@/components/banner";
import { cn } from "@/components/ui/cn";
import { Segmented } from "@/components/ui/segmented";
import { useHydrated } from "@/components/ui/use-hydrated";
import type { WireBroadcast } from "@/core/protocol";
import { PreviewPage } from "./preview-page";

const THEMES = [
  { value: "light", label: "Light", icon: <Sun aria-hidden />, iconOnly: true },
  { value: "dark", label: "Dark", icon: <Moon aria-hidden />, iconOnly: true },
] as const;

const WIDTHS = [
  { value: "wide", label: "Desktop", icon: <Monitor aria-hidden />, iconOnly: true },
  { value: "phone", label: "Phone", icon: <Smartphone aria-hidden />, iconOnly: true },
] as const;

const DIRECTIONS = [
  { value: "auto", label: "Auto" },
  { value: "rtl", label: "RTL" },
] as const;

/** Below the phone's top bar, across the page, over what scrolls under it. */
const STUCK = cn(
  "order-1 max-lg:sticky max-lg:top-14 max-lg:z-10 max-lg:-mx-4 max-lg:rounded-none max-lg:border-x-0",
  "max-lg:p-3",
);

/** The real banner on a plausible page: light or dark, wide or narrow, either direction. */
export function Preview({
  broadcast,
  languages,
  caption,
  sticky = false,
}: {
  broadcast: WireBroadcast;
  /** A choice of languages, beside the other choices. */
  languages?: ReactNode;
  caption?: ReactNode;
  /** On a phone it stays in sight, below the top bar; its parent is a column. */
  sticky?: boolean;
}) {
  const { resolvedTheme } = useTheme();
  const [chosenTheme, setTheme] = useState<"light" | "dark" | null>(null);
  const [width, setWidth] = useState<"wide" | "phone">("wide");
  const [direction, setDirection] = useState<"auto" | "rtl">("auto");
  const hydrated = useHydrated();
  const own = hydrated && resolvedTheme === "dark" ? "dark" : "light";
  const theme = chosenTheme ?? own;
  const dir = direction === "rtl" ? "rtl" : broadcast.dir;
  const { placement } = broadcast;
  const banner = (
    <BannerView
      broadcast={broadcast}
      look={placement === "inline" ? "inline" : "bar"}
      placement={placement === "bottom" ? "bottom" : "top"}
      dir={dir}
      theme={theme}
    />
  );
  return (
    <section aria-label="Preview" className={cn("grid gap-3", sticky && "max-lg:contents")}>
      <div className={cn("flex flex-wrap items-center gap-2", sticky && "order-1")}>
        <Segmented label="Preview theme" value={theme} onChange={setTheme} segments={THEMES} />
        <Segmented label="Preview width" value={width} onChange={setWidth} segments={WIDTHS} />
        <Segmented
          label="Preview direction"
          value={direction}
          onChange={setDirection}
          segments={DIRECTIONS}
        />
        {languages}
      </div>
      <div
        className={cn(
          "grid justify-items-center rounded-lg border border-line bg-sunken p-3 sm:p-5",
          sticky && STUCK,
        )}
      >
        <div
          data-frame
          dir={dir}
          onClickCapture={stayHere}
          className={cn(
            theme,
            "flex h-80 w-full flex-col overflow-hidden rounded-md border border-line-strong bg-surface text-ink shadow-float",
            "transition-[max-width] duration-200 ease-out",
            sticky && "max-lg:h-40 max-lg:shadow-none",
            width === "phone" ? "max-w-[320px]" : "max-w-full",
          )}
        >
          <Chrome className={sticky ? "max-lg:hidden" : undefined} />
          <div className="flex flex-1 flex-col overflow-y-auto">
            <PreviewPage
              narrow={width === "phone"}
              top={placement === "top" ? banner : null}
              inline={placement === "inline" ? banner : null}
              bottom={placement === "bottom" ? banner : null}
            />
          </div>
        </div>
      </div>
      {caption ? <p className={cn("text-ink-2 text-sm", sticky && "order-1")}>{caption}</p> : null}
    </section>
  );
}

function stayHere(event: MouseEvent): void {
  if (event.target instanceof Element && event.target.closest("a")) event.preventDefault();
}

function Chrome({ className }: { className?: string | undefined }) {
  return (
    <div
      aria-hidden
      dir="ltr"
      className={cn(
        "flex h-8 shrink-0 items-center gap-1.5 border-line border-b bg-canvas px-3",
        className,
      )}
    >
      {[1, 2, 3].map((dot) => (
        <span key={dot} className="size-2 rounded-full bg-line-strong" />
      ))}
      <span className="mx-auto flex h-5 w-40 items-center justify-center rounded-full bg-sunken text-2xs text-ink-3">
        your-product.example
      </span>
      <span className="w-9" />
    </div>
  );
}
