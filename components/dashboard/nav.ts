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
  /** The lowest permission that opens the screen. */
  needs: Permission;
}

export const NAV: readonly NavItem[] = [
  { href: "/", label: "Overview", icon: LayoutDashboard, needs: "read" },
  { href: "/broadcasts", label: "Broadcasts", icon: Megaphone, needs: "read" },
  { href: "/sessions", label: "Sessions", icon: Activity, needs: "read" },
  { href: "/team", label: "Team", icon: Users, needs: "manage" },
  { href: "/api-keys", label: "API keys", icon: KeyRound, needs: "manage" },
  { href: "/audit", label: "Audit", icon: ScrollText, needs: "manage" },
  { href: "/settings", label: "Settings", icon: Settings, needs: "manage" },
];

/** Whether `href` is the screen at `path`, or one above it. */
export function isCurrent(href: string, path: string): boolean {
  return href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
}
