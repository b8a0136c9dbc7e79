"use client";

import { ChevronsUpDown, Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { cn } from "@/components/ui/cn";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from "@/components/ui/menu";
import { useDashboard } from "./context";
import { Mark } from "./mark";
import { switchWorkspace } from "./switch-workspace";

const NewWorkspaceDialog = dynamic(
  () => import("./new-workspace-dialog").then((it) => it.NewWorkspaceDialog),
  { ssr: false },
);

/** The workspace's name; a menu where there is another one to go to, or to make. */
export function WorkspaceMenu() {
  const { workspace, workspaces, mayMakeWorkspaces } = useDashboard();
  const [making, setMaking] = useState(false);
  const name = (
    <>
      <Mark />
      <span className="min-w-0 flex-1 truncate text-left font-semibold text-base">
        {workspace.name}
      </span>
    </>
  );
  const style = "flex w-full items-center gap-2.5 rounded-sm px-1.5 py-1 touch";
  if (workspaces.length < 2 && !mayMakeWorkspaces) return <div className={style}>{name}</div>;
  return (
    <>
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
          <MenuRadioGroup value={workspace.slug} onValueChange={switchWorkspace}>
            {workspaces.map((each) => (
              <MenuRadioItem key={each.id} value={each.slug}>
                <span className="truncate">{each.name}</span>
              </MenuRadioItem>
            ))}
          </MenuRadioGroup>
          {mayMakeWorkspaces ? (
            <>
              <MenuSeparator />
              <MenuItem onSelect={() => setMaking(true)}>
                <Plus aria-hidden />
                New workspace
              </MenuItem>
            </>
          ) : null}
        </MenuContent>
      </Menu>
      {making ? <NewWorkspaceDialog open onOpenChange={setMaking} /> : null}
    </>
  );
}
