"use client";

import dynamic from "next/dynamic";
import { PreviewOnItsWay } from "./preview-on-its-way";

/** The parser of messages is large, and nobody has written anything yet. */
export const ComposerPreview = dynamic(
  () => import("./live-preview").then((it) => it.LivePreview),
  {
    ssr: false,
    loading: () => <PreviewOnItsWay />,
  },
);
