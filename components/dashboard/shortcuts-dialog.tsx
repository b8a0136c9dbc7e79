"use client";

import type { ReactNode } from "react";
import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { Shortcut } from "@/components/ui/shortcut";
import { can } from "@/core/roles";
import { useCommandMenu } from "./command-context";
import { useDashboard } from "./context";
import { NAV } from "./nav";

/** What the keyboard does, on every screen. */
export function ShortcutsDialog() {
  const { panel, show } = useCommandMenu();
  const { role } = useDashboard();
  return (
    <Dialog
      open={panel === "shortcuts"}
      onOpenChange={(open) => show(open ? "shortcuts" : null)}
      title="Keyboard shortcuts"
    >
      <dl className="grid grid-cols-[1fr_auto] items-center gap-x-6 gap-y-2 text-sm">
        <Row label="Find a broadcast, or jump to a screen" keys="Command or Control K">
          <Shortcut keys="K" />
        </Row>
        {can(role, "draft") ? (
          <>
            <Row label="New broadcast" keys="N">
              <Kbd>N</Kbd>
            </Row>
            <Row label="Publish, or save changes" keys="Command or Control Enter">
              <Shortcut keys="↵" />
            </Row>
          </>
        ) : null}
        {NAV.filter((item) => can(role, item.needs)).map(({ href, label, key }) => (
          <Row key={href} label={label} keys={`G then ${key.toUpperCase()}`}>
            <Kbd>G</Kbd> <Kbd>{key.toUpperCase()}</Kbd>
          </Row>
        ))}
        <Row label="These shortcuts" keys="Question mark">
          <Kbd>?</Kbd>
        </Row>
      </dl>
    </Dialog>
  );
}

function Row({ label, keys, children }: { label: string; keys: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-2">{label}</dt>
      <dd className="justify-self-end">
        <span className="sr-only">{keys}</span>
        {children}
      </dd>
    </>
  );
}
