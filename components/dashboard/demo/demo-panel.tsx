"use client";

import { ExternalLink, RotateCcw } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import type { ReactNode } from "react";
import type { Look } from "@/components/banner";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { Mark } from "../mark";

/** The page is about the banner; the form comes a moment later. */
const DemoForm = dynamic(() => import("./demo-form").then((it) => it.DemoForm), {
  ssr: false,
  loading: () => <Skeleton className="h-72 rounded-md" />,
});

const LOOK_SEGMENTS = [
  { value: "bar", label: "Bar" },
  { value: "card", label: "Card" },
  { value: "inline", label: "Inline" },
] as const;

export interface DemoPanelProps {
  workspace: string;
  publisher: string | null;
  signedIn: boolean;
  look: Look;
  onLook: (look: Look) => void;
}

/** Loudhailer's side of the demo: publish, and what to watch for. */
export function DemoPanel({ workspace, publisher, signedIn, look, onLook }: DemoPanelProps) {
  return (
    <aside
      aria-label="Demo controls"
      className="shrink-0 border-line border-t bg-surface lg:sticky lg:top-0 lg:h-dvh lg:w-[360px] lg:overflow-y-auto lg:border-t-0 lg:border-l"
    >
      <div className="mx-auto grid max-w-xl gap-7 px-6 py-6">
        <div className="flex items-center gap-3">
          <Mark />
          <div className="min-w-0 flex-1">
            <h2 className="font-semibold text-base">Loudhailer demo</h2>
            <p className="text-ink-3 text-xs">
              {publisher ? `Publishing as ${publisher}` : "What the creator has"}
            </p>
          </div>
          {signedIn ? (
            <Button asChild size="sm" look="quiet">
              <Link href="/">Dashboard</Link>
            </Button>
          ) : null}
        </div>
        {publisher ? <DemoForm workspace={workspace} /> : <SignInFirst signedIn={signedIn} />}
        <div className="grid gap-2">
          <p className="font-medium text-sm">Look of the banner here</p>
          <Segmented
            label="Look of the banner"
            value={look}
            onChange={onLook}
            segments={LOOK_SEGMENTS}
            className="justify-self-start"
          />
        </div>
        <TryThis />
      </div>
    </aside>
  );
}

function SignInFirst({ signedIn }: { signedIn: boolean }) {
  return (
    <div className="grid gap-3 rounded-md border border-line bg-canvas p-4">
      <p className="text-ink-2 text-sm">
        {signedIn
          ? "Your role may not publish. This window still shows whatever others publish, at once."
          : "This window already shows what is published, like any visitor's. To publish something yourself, sign in."}
      </p>
      {signedIn ? null : (
        <Button asChild look="primary">
          <Link href="/sign-in?next=/demo">Sign in</Link>
        </Button>
      )}
    </div>
  );
}

function TryThis() {
  return (
    <section aria-label="What to try" className="grid gap-3">
      <h3 className="font-medium text-sm">What to try</h3>
      <ol className="grid gap-3 text-ink-2 text-sm">
        <Step number={1}>
          Open this page in a second window, side by side. Publish here: both show the banner at
          once.
        </Step>
        <Step number={2}>
          Dismiss it in one window. It leaves the other one too, and stays away after a reload.
        </Step>
        <Step number={3}>
          Open a private window: another visitor, who gets what is live now without you doing
          anything.
        </Step>
        <Step number={4}>Close a window, publish, and open it again. Nothing was missed.</Step>
      </ol>
      <div className="flex flex-wrap gap-2 pt-1">
        <Button asChild>
          <a href="/demo" target="_blank" rel="noreferrer">
            <ExternalLink aria-hidden />
            Second window
          </a>
        </Button>
        <Button look="quiet" onClick={() => window.location.reload()}>
          <RotateCcw aria-hidden />
          Reload this one
        </Button>
      </div>
    </section>
  );
}

function Step({ number, children }: { number: number; children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span
        aria-hidden
        className="nums grid size-5 shrink-0 place-items-center rounded-full bg-sunken font-medium text-2xs text-ink"
      >
        {number}
      </span>
      <span>{children}</span>
    </li>
  );
}
