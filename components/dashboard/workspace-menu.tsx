"use client";

import { ChevronsUpDown } from "lucide-react";
import { cn } from "@/components/ui/cn";
import {
  Menu,
  MenuContent,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuTrigger,
} from "@/components/ui/menu";
import { useDashboard } from "./context";
import { Mark } from "./mark";
import { switchWorkspace } from "./switch-workspace";

/** The workspace's name; a menu where there is another one to go to. */
export function WorkspaceMenu() {
  const { workspace, workspaces } = useDashboard();
  const name = (
    <>
      <Mark />
      <span className="min-w-0 flex-1 truncate text-left font-semibold text-base">
        {workspace.name}
      </span>
    </>
  );
  const style = "flex w-full items-center gap-2.5 rounded-sm px-1.5 py-1";
  if (workspaces.length < 2) return <div className={style}>{name}</div>;
  return (
    <Menu>
      <MenuTrigger
        aria-label={`Workspace ${workspace.name}`}
        className={cn(style, "hover:bg-hover data-[state=open]:bg-hover")}
      >
        {name}
        <ChevronsUpDown aria-hidden className="size-3.5 text-ink-3" />
      </MenuTrigger>
      <MenuContent align="start" className="w-56">
        <MenuLabel>Workspaces</MenuLabel>
        <MenuRadioGroup value={workspace.id} onValueChange={(id) => void switchWorkspace(id)}>
          {workspaces.map((each) => (
            <MenuRadioItem key={each.id} value={each.slug}>
              {each.name}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  );
}
