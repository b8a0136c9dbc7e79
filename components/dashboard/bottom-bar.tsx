"use client";

import { Ellipsis } from "lucide-react";
import { usePathname } from "next/navigation";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { can } from "@/core/roles";
import { useDashboard } from "./context";
import { isCurrent, NAV } from "./nav";

const DIRECT = 3;

const itemStyle = cn(
  "flex flex-1 flex-col items-center justify-center gap-0.5 rounded-sm font-medium text-2xs text-ink-3",
  "aria-[current=page]:text-ink data-[current]:text-ink [&_svg]:size-5",
);

/** The sidebar's place on a phone. */
export function BottomBar() {
  const { role } = useDashboard();
  const path = usePathname();
  const items = NAV.filter((item) => can(role, item.needs));
  const direct = items.slice(0, DIRECT);
  const rest = items.slice(DIRECT);
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <div className="flex h-14 px-2">
        {direct.map(({ href, label, icon: Icon }) => (
          <Link
            key={href}
            href={href}
            aria-current={isCurrent(href, path) ? "page" : undefined}
            className={itemStyle}
          >
            <Icon aria-hidden />
            {label}
          </Link>
        ))}
        {rest.length > 0 ? (
          <Menu>
            <MenuTrigger
              className={itemStyle}
              data-current={rest.some((item) => isCurrent(item.href, path)) || undefined}
            >
              <Ellipsis aria-hidden />
              More
            </MenuTrigger>
            <MenuContent side="top" className="w-52">
              {rest.map(({ href, label, icon: Icon }) => (
                <MenuItem key={href} asChild>
                  <Link href={href}>
                    <Icon aria-hidden />
                    {label}
                  </Link>
                </MenuItem>
              ))}
            </MenuContent>
          </Menu>
        ) : null}
      </div>
    </nav>
  );
}
