"use client";

import { useState } from "react";
import { Card } from "@/components/ui/card";
import { CopyBlock } from "@/components/ui/copy";
import { Segmented } from "@/components/ui/segmented";
import { useDashboard } from "../context";
import { SNIPPET_KINDS, type SnippetKind, snippet } from "./snippets";

/** What to paste into the product. */
export function EmbedSnippets({ origin }: { origin: string }) {
  const { slug } = useDashboard().workspace;
  const [kind, setKind] = useState<SnippetKind>("script");
  const { code, words } = snippet(kind, origin, slug);
  return (
    <Card
      title="Put it on your pages"
      aside={
        <Segmented label="Kind of page" value={kind} onChange={setKind} segments={SNIPPET_KINDS} />
      }
    >
      <div className="grid gap-3 px-4 py-5 md:px-5">
        <p className="max-w-[70ch] text-ink-2 text-sm">{words}</p>
        <CopyBlock text={code} label="Code to embed" />
      </div>
    </Card>
  );
}
