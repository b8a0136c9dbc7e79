"use client";

import type { ReactNode } from "react";
import { BottomBar } from "./bottom-bar";
import { CommandProvider } from "./command-context";
import { CommandMenu } from "./command-menu";
import { type DashboardInfo, DashboardProvider } from "./context";
import { LiveProvider } from "./live";
import { Sidebar } from "./sidebar";
import { StatusLine } from "./status-line";
import { TopBar } from "./top-bar";

/** Everything around a dashboard screen. */
export function Shell({ info, children }: { info: DashboardInfo; children: ReactNode }) {
  return (
    <DashboardProvider info={info}>
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
              <TopBar />
              <StatusLine />
              <main id="content" tabIndex={-1} className="flex-1 outline-none">
                {children}
              </main>
            </div>
          </div>
          <BottomBar />
          <CommandMenu />
        </CommandProvider>
      </LiveProvider>
    </DashboardProvider>
  );
}
