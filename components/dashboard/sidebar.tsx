"use client";

import { Search, Sparkles } from "lucide-react";
import { usePathname } from "next/navigation";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import { Shortcut } from "@/components/ui/shortcut";
import { can } from "@/core/roles";
import { useCommandMenu } from "./command-context";
import { useDashboard } from "./context";
import { ConnectionDot } from "./live-dot";
import { isCurrent, NAV } from "./nav";
import { UserMenu } from "./user-menu";
import { WorkspaceMenu } from "./workspace-menu";

const linkStyle = cn(
  "flex h-8 items-center gap-2.5 rounded-sm px-2 font-medium text-ink-2 text-sm touch",
  "transition-colors duration-150 hover:bg-hover hover:text-ink",
  "aria-[current=page]:bg-hover aria-[current=page]:text-ink",
  "[&_svg]:size-4 [&_svg]:shrink-0",
);

export function Sidebar() {
  const { role, demo } = useDashboard();
  const path = usePathname();
  const { open } = useCommandMenu();
  return (
    <aside className="sticky top-0 hidden h-dvh w-58 shrink-0 flex-col border-line border-r bg-canvas md:flex">
      <div className="px-3 pt-3">
        <WorkspaceMenu />
      </div>
      <div className="px-3 pt-3">
        <button
          type="button"
          onClick={open}
          aria-keyshortcuts="Meta+K Control+K"
          className="flex h-8 w-full items-center gap-2.5 rounded-sm border border-line-strong bg-surface px-2 text-ink-3 text-sm transition-colors duration-150 hover:border-line-control hover:text-ink-2"
        >
          <Search aria-hidden className="size-3.5" />
          <span className="flex-1 text-left">Search or jump to</span>
          <Shortcut keys="K" />
        </button>
      </div>
      <nav aria-label="Main" className="grid gap-0.5 px-3 pt-4">
        {NAV.filter((item) => can(role, item.needs)).map(({ href, label, icon: Icon }) => (
          <Link
            key={href}
            href={href}
            aria-current={isCurrent(href, path) ? "page" : undefined}
            className={linkStyle}
          >
            <Icon aria-hidden />
            {label}
          </Link>
        ))}
      </nav>
      <div className="mt-auto grid gap-0.5 p-3">
        {demo ? (
          <Link href="/demo" target="_blank" className={linkStyle}>
            <Sparkles aria-hidden />
            Demo page
          </Link>
        ) : null}
        <ConnectionDot />
        <div className="mt-2 border-line border-t pt-2">
          <UserMenu />
        </div>
      </div>
    </aside>
  );
}
