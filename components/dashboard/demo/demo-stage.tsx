"use client";

import { useState } from "react";
import { BroadcastBanner, type Look, LoudhailerProvider } from "@/components/banner";
import { DemoPanel } from "./demo-panel";
import { DemoProduct } from "./demo-product";

export interface DemoStageProps {
  workspace: string;
  /** Name of the signed-in person, where they may publish. */
  publisher: string | null;
  signedIn: boolean;
}

/** A product as its user sees it, with the banner, beside what publishes one. */
export function DemoStage({ workspace, publisher, signedIn }: DemoStageProps) {
  const [look, setLook] = useState<Look>("bar");
  return (
    <LoudhailerProvider options={{ workspace }}>
      <div className="flex min-h-dvh flex-col bg-canvas lg:flex-row">
        {/* Contained, so that a card stands in the product's corner, not in the panel's. On a phone
            there is no box, so that the bar stays in sight down to the panel. */}
        <div className="min-w-0 flex-1 max-lg:contents lg:h-dvh lg:contain-layout">
          <div className="h-full max-lg:contents lg:overflow-y-auto">
            {look === "inline" ? null : <BroadcastBanner look={look} />}
            <DemoProduct notice={look === "inline" ? <BroadcastBanner look="inline" /> : null} />
          </div>
        </div>
        <DemoPanel
          workspace={workspace}
          publisher={publisher}
          signedIn={signedIn}
          look={look}
          onLook={setLook}
        />
      </div>
    </LoudhailerProvider>
  );
}
