"use client";

import { useRouter } from "next/navigation";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
} from "react";
import { can, type Role } from "@/core/roles";
import { useDashboard } from "./context";
import { NAV } from "./nav";

type Panel = "commands" | "shortcuts";

interface CommandMenuState {
  /** What is open over the page. */
  panel: Panel | null;
  show: (panel: Panel | null) => void;
  open: () => void;
}

const Context = createContext<CommandMenuState | null>(null);

/** After G, the letter of a screen is waited for this long. */
const SEQUENCE_MS = 1_500;

/** Holds the command menu's state and listens for the shortcuts that work on every screen. */
export function CommandProvider({ children }: { children: ReactNode }) {
  const [panel, show] = useState<Panel | null>(null);
  const router = useRouter();
  const { role } = useDashboard();
  const goneAt = useRef(Number.NEGATIVE_INFINITY);

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const key = event.key.toLowerCase();
    if (key === "k" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      show((before) => (before === "commands" ? null : "commands"));
      return;
    }
    if (hasModifier(event) || isTyping(event.target) || panel !== null) return;
    const href = pageOf(key, event.timeStamp - goneAt.current < SEQUENCE_MS, role);
    goneAt.current = key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
    if (event.key === "?") show("shortcuts");
    else if (href !== null) router.push(href);
    else return;
    event.preventDefault();
  });

  useEffect(() => {
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  const state = useMemo(() => ({ panel, show, open: () => show("commands") }), [panel]);
  return <Context value={state}>{children}</Context>;
}

/** Where a key leads; null = nowhere. @param afterG the key before it was G */
function pageOf(key: string, afterG: boolean, role: Role): string | null {
  if (afterG) {
    return NAV.find((item) => item.key === key && can(role, item.needs))?.href ?? null;
  }
  return key === "n" && can(role, "draft") ? "/broadcasts/new" : null;
}

export function useCommandMenu(): CommandMenuState {
  const state = useContext(Context);
  if (!state) throw new Error("useCommandMenu is for screens inside the dashboard's layout.");
  return state;
}

function hasModifier(event: KeyboardEvent): boolean {
  return event.metaKey || event.ctrlKey || event.altKey;
}

/** A letter typed into a field, or while a dialog or menu is open, is no shortcut. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches("input, textarea, select") ||
    target.closest("[role=dialog], [role=alertdialog], [role=menu]") !== null
  );
}
