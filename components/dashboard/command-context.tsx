"use client";

import { useRouter } from "next/navigation";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { useCan } from "./context";

interface CommandMenuState {
  isOpen: boolean;
  setOpen: (open: boolean) => void;
  open: () => void;
}

const Context = createContext<CommandMenuState | null>(null);

/** Holds the command menu's state and listens for ⌘K and N. */
export function CommandProvider({ children }: { children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const router = useRouter();
  const mayDraft = useCan("draft");

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        setOpen((before) => !before);
        return;
      }
      if (event.key !== "n" || hasModifier(event) || isTyping(event.target)) return;
      if (!mayDraft) return;
      event.preventDefault();
      router.push("/broadcasts/new");
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [router, mayDraft]);

  const state = useMemo(() => ({ isOpen, setOpen, open: () => setOpen(true) }), [isOpen]);
  return <Context value={state}>{children}</Context>;
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
