"use client";

import { createContext, type ReactNode, useContext } from "react";
import { can, type Permission, type Role } from "@/core/roles";

/** What every dashboard screen knows about who is looking, and at which workspace. */
export interface DashboardInfo {
  workspace: {
    id: string;
    slug: string;
    name: string;
    /** IANA name: the zone in which times are written. */
    timeZone: string;
    defaultLocale: string;
    stackSize: number;
    /** Whether pages that embed Loudhailer show banners ([CLI7]). */
    embedEnabled: boolean;
  };
  user: { id: string; name: string; email: string };
  role: Role;
  /** Workspaces this person may switch to, the present one included. */
  workspaces: { id: string; slug: string; name: string }[];
  /** Owners of the installation may make more of them. */
  mayMakeWorkspaces: boolean;
  /** Whether `/demo` is there. */
  demo: boolean;
}

const Context = createContext<DashboardInfo | null>(null);

export function DashboardProvider({
  info,
  children,
}: {
  info: DashboardInfo;
  children: ReactNode;
}) {
  return <Context value={info}>{children}</Context>;
}

export function useDashboard(): DashboardInfo {
  const info = useContext(Context);
  if (!info) throw new Error("useDashboard is for screens inside the dashboard's layout.");
  return info;
}

/** Whether the person looking may do this; buttons they may not use are not shown. */
export function useCan(permission: Permission): boolean {
  return can(useDashboard().role, permission);
}
