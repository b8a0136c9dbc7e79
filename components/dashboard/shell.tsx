"use client";

import dynamic from "next/dynamic";
import type { CSSProperties, ReactNode } from "react";
import { BroadcastBanner, LoudhailerProvider } from "@/components/banner";
import { BottomBar } from "./bottom-bar";
import { CommandProvider } from "./command-context";
import { type DashboardInfo, DashboardProvider } from "./context";
import { LiveProvider } from "./live";
import { LiveRefresh } from "./live-refresh";
import { OffNotice } from "./off-notice";
import { Sidebar } from "./sidebar";
import { StatusLine } from "./status-line";
import { TopBar } from "./top-bar";

/** What a key opens is fetched once the page is there. */
const CommandMenu = dynamic(() => import("./command-menu").then((it) => it.CommandMenu), {
  ssr: false,
});
const ShortcutsDialog = dynamic(
  () => import("./shortcuts-dialog").then((it) => it.ShortcutsDialog),
  { ssr: false },
);

/** The banner scrolls away with the page here; the bars above and below stay. */
const IN_FLOW = { "--lh-position": "relative", "--lh-z-index": "1" } as CSSProperties;

/** Everything around a dashboard screen. */
export function Shell({ info, children }: { info: DashboardInfo; children: ReactNode }) {
  return (
    <DashboardProvider info={info}>
      <LoudhailerProvider options={{ workspace: info.workspace.slug }}>
        <LiveProvider workspace={info.workspace.slug}>
          <CommandProvider>
            <a
              href="#content"
              className="sr-only z-50 rounded-sm bg-primary px-3 py-2 text-on-primary focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
            >
              Skip to content
            </a>
            <div className="flex min-h-dvh">
              <Sidebar />
              <div className="flex min-w-0 flex-1 flex-col bg-surface max-md:pb-14">
                <BroadcastBanner theme="auto" style={IN_FLOW} />
                <TopBar />
                <OffNotice />
                <StatusLine />
                <main id="content" tabIndex={-1} className="flex-1 outline-none">
                  {children}
                </main>
              </div>
            </div>
            <BottomBar />
            <CommandMenu />
            <ShortcutsDialog />
            <LiveRefresh />
          </CommandProvider>
        </LiveProvider>
      </LoudhailerProvider>
    </DashboardProvider>
  );
}
