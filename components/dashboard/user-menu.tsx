"use client";

import { ChevronsUpDown, LogOut } from "lucide-react";
import { Avatar } from "@/components/ui/avatar";
import { cn } from "@/components/ui/cn";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { useDashboard } from "./context";
import { ROLE_LABELS } from "./roles";
import { signOut } from "./sign-out";
import { ThemeMenu } from "./theme-menu";

export function UserMenu({ compact = false }: { compact?: boolean }) {
  const { user, role } = useDashboard();
  return (
    <Menu>
      <MenuTrigger
        aria-label={`Account of ${user.name}`}
        className={cn(
          "flex items-center gap-2.5 rounded-sm text-left transition-colors duration-150",
          "hover:bg-hover data-[state=open]:bg-hover",
          compact ? "size-11 justify-center" : "w-full px-2 py-1.5",
        )}
      >
        <Avatar name={user.name} className={compact ? "size-7" : undefined} />
        {compact ? null : (
          <>
            <span className="grid min-w-0 flex-1">
              <span className="truncate font-medium text-sm">{user.name}</span>
              <span className="truncate text-2xs text-ink-3">{ROLE_LABELS[role].label}</span>
            </span>
            <ChevronsUpDown aria-hidden className="size-3.5 text-ink-3" />
          </>
        )}
      </MenuTrigger>
      <MenuContent
        align={compact ? "end" : "start"}
        side={compact ? "bottom" : "top"}
        className="w-56"
      >
        <div className="px-2 py-1.5">
          <p className="truncate font-medium text-sm">{user.name}</p>
          <p className="truncate text-ink-3 text-xs">{user.email}</p>
        </div>
        <MenuSeparator />
        <ThemeMenu />
        <MenuSeparator />
        <MenuItem onSelect={() => void signOut()}>
          <LogOut aria-hidden />
          Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
