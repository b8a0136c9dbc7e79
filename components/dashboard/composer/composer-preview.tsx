"use client";

import dynamic from "next/dynamic";
import { Skeleton } from "@/components/ui/skeleton";

/** The parser of messages is large, and nobody has written anything yet. */
export const ComposerPreview = dynamic(
  () => import("./live-preview").then((it) => it.LivePreview),
  {
    ssr: false,
    loading: () => <PreviewOnItsWay />,
  },
);

/** In its shape: choices, page, sentence. */
function PreviewOnItsWay() {
  return (
    <section aria-label="Preview" className="grid gap-3 max-lg:contents">
      <Skeleton className="order-1 h-8 w-64 max-w-full" />
      <Skeleton className="order-1 h-46.5 rounded-lg lg:h-90.5" />
      <Skeleton className="order-1 h-5 w-4/5" />
    </section>
  );
}
