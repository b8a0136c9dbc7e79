"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useTheme } from "next-themes";
import { MenuLabel, MenuRadioGroup, MenuRadioItem } from "@/components/ui/menu";

/** Light, dark, or as the device is set; part of a menu. */
export function ThemeMenu() {
  const { theme = "system", setTheme } = useTheme();
  return (
    <>
      <MenuLabel>Theme</MenuLabel>
      <MenuRadioGroup value={theme} onValueChange={setTheme}>
        <MenuRadioItem value="light">
          <Sun aria-hidden />
          Light
        </MenuRadioItem>
        <MenuRadioItem value="dark">
          <Moon aria-hidden />
          Dark
        </MenuRadioItem>
        <MenuRadioItem value="system">
          <Monitor aria-hidden />
          System
        </MenuRadioItem>
      </MenuRadioGroup>
    </>
  );
}
