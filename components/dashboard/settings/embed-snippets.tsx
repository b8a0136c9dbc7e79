"use client";

import { useTheme } from "next-themes";
import { useState } from "react";
import { type BannerContent, BannerView, type Look, type Theme } from "@/components/banner";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { CopyBlock } from "@/components/ui/copy";
import { Segmented } from "@/components/ui/segmented";
import { useHydrated } from "@/components/ui/use-hydrated";
import { PreviewPage } from "../composer/preview-page";
import { useDashboard } from "../context";
import { type Appearance, SNIPPET_KINDS, type SnippetKind, snippet } from "./snippets";

const LOOKS = [
  { value: "bar", label: "Bar" },
  { value: "card", label: "Card" },
  { value: "inline", label: "Inline" },
] as const satisfies { value: Look; label: string }[];

const THEMES = [
  { value: "auto", label: "As the page" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const satisfies { value: Theme; label: string }[];

/** What to paste into the product, and how the banner will look there. */
export function EmbedSnippets({ origin }: { origin: string }) {
  const { slug } = useDashboard().workspace;
  const [kind, setKind] = useState<SnippetKind>("script");
  const [look, setLook] = useState<Look>("bar");
  const [theme, setTheme] = useState<Theme>("auto");
  const appearance = { look, theme };
  const { code, words } = snippet(kind, origin, slug, appearance);
  return (
    <Card
      title="Put it on your pages"
      aside={
        <Segmented label="Kind of page" value={kind} onChange={setKind} segments={SNIPPET_KINDS} />
      }
    >
      <div className="grid gap-4 px-4 py-5">
        {kind === "token" ? null : (
          <div className="grid gap-x-10 gap-y-5 md:grid-cols-[auto_minmax(0,1fr)]">
            <div className="flex flex-wrap content-start gap-5 md:grid md:justify-items-start">
              <div className="grid gap-1.5">
                <p className="font-medium text-sm">Appearance</p>
                <Segmented
                  label="Look of the banner"
                  value={look}
                  onChange={setLook}
                  segments={LOOKS}
                />
              </div>
              <div className="grid gap-1.5">
                <p className="font-medium text-sm">Theme</p>
                <Segmented
                  label="Theme of the banner"
                  value={theme}
                  onChange={setTheme}
                  segments={THEMES}
                />
              </div>
            </div>
            <Sample {...appearance} />
          </div>
        )}
        <p className="max-w-[70ch] text-ink-2 text-sm">{words}</p>
        <CopyBlock text={code} label="Code to embed" />
      </div>
    </Card>
  );
}

const SAMPLE: BannerContent = {
  id: "00000000-0000-4000-8000-000000000000",
  revision: 1,
  title: "Maintenance at 22:00",
  content: [{ type: "text", value: "Reports are read-only for ten minutes." }],
  message_type: "warning",
  dismissible: true,
  action: null,
};

/** The real banner on a page of the theme that it follows. */
function Sample({ look, theme }: Appearance) {
  const { resolvedTheme } = useTheme();
  const own = useHydrated() && resolvedTheme === "dark" ? "dark" : "light";
  const shown = theme === "auto" ? own : theme;
  const banner = <BannerView broadcast={SAMPLE} look={look} theme={shown} />;
  return (
    <section
      aria-label="Preview"
      className={cn(
        "relative h-44 overflow-hidden rounded-md border border-line-strong",
        theme === "auto" ? own : theme,
      )}
    >
      <PreviewPage
        narrow={false}
        top={look === "bar" ? banner : null}
        inline={look === "inline" ? banner : null}
        bottom={null}
      />
      {look === "card" ? (
        <div className="absolute right-3 bottom-3 w-[min(360px,calc(100%-1.5rem))]">{banner}</div>
      ) : null}
    </section>
  );
}
