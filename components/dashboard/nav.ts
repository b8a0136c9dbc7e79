import {
  Activity,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  Megaphone,
  ScrollText,
  Settings,
  Users,
} from "lucide-react";
import type { Permission } from "@/core/roles";

export interface NavItem {
  href: string;
  label: string;
  icon: LucideIcon;
  /** Opens it after G. */
  key: string;
  /** The lowest permission that opens the screen. */
  needs: Permission;
}

export const NAV: readonly NavItem[] = [
  { href: "/", label: "Overview", key: "o", icon: LayoutDashboard, needs: "read" },
  { href: "/broadcasts", label: "Broadcasts", key: "b", icon: Megaphone, needs: "read" },
  { href: "/sessions", label: "Sessions", key: "s", icon: Activity, needs: "read" },
  { href: "/team", label: "Team", key: "t", icon: Users, needs: "manage" },
  { href: "/api-keys", label: "API keys", key: "k", icon: KeyRound, needs: "manage" },
  { href: "/audit", label: "Audit", key: "a", icon: ScrollText, needs: "manage" },
  { href: "/settings", label: "Settings", key: ",", icon: Settings, needs: "manage" },
];

/** Whether `href` is the screen at `path`, or one above it. */
export function isCurrent(href: string, path: string): boolean {
  return href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
}
