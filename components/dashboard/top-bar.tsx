"use client";

import { Search } from "lucide-react";
import { Button } from "@/components/ui/button";
import { useCommandMenu } from "./command-context";
import { UserMenu } from "./user-menu";
import { WorkspaceMenu } from "./workspace-menu";

/** On a phone: the workspace, search and the account. */
export function TopBar() {
  const { open } = useCommandMenu();
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-1 border-line border-b bg-surface px-2.5 md:hidden">
      <div className="min-w-0 flex-1">
        <WorkspaceMenu />
      </div>
      <Button look="quiet" size="icon" aria-label="Search or jump to" onClick={open}>
        <Search aria-hidden />
      </Button>
      <UserMenu compact />
    </header>
  );
}
