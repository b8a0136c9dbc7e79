"use client";

import { Command } from "cmdk";
import { Keyboard, LogOut, Monitor, Moon, Plus, Search, Sun } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTheme } from "next-themes";
import { Dialog } from "radix-ui";
import { type ReactNode, useState } from "react";
import { cn } from "@/components/ui/cn";
import { overlayStyle } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { can } from "@/core/roles";
import { messageText } from "./broadcast-text";
import { useCommandMenu } from "./command-context";
import { useDashboard } from "./context";
import { LevelIcon } from "./level";
import { NAV } from "./nav";
import { signOut } from "./sign-out";
import { StatusLabel } from "./status";
import { useFoundBroadcasts } from "./use-found-broadcasts";

/** ⌘K: every screen, every broadcast by its words, and the few things done from anywhere. */
export function CommandMenu() {
  const { panel, show } = useCommandMenu();
  return (
    <Dialog.Root
      open={panel === "commands"}
      onOpenChange={(open) => show(open ? "commands" : null)}
    >
      <Dialog.Portal>
        <Dialog.Overlay className={overlayStyle} />
        <Dialog.Content
          aria-describedby={undefined}
          className={cn(
            "fixed top-[14vh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 animate-fade",
            "overflow-hidden rounded-lg border border-line-strong bg-surface shadow-float",
          )}
        >
          <Dialog.Title className="sr-only">Command menu</Dialog.Title>
          <Commands leave={show} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Commands({ leave }: { leave: (to: "shortcuts" | null) => void }) {
  const { role } = useDashboard();
  const router = useRouter();
  const { setTheme } = useTheme();
  const [words, setWords] = useState("");
  const found = useFoundBroadcasts(words);
  const run = (action: () => void) => () => {
    leave(null);
    action();
  };
  const go = (href: string) => run(() => router.push(href));
  return (
    <Command label="Command menu" loop>
      <div className="flex h-12 items-center gap-3 border-line border-b px-4">
        <Search aria-hidden className="size-4 text-ink-3" />
        <Command.Input
          value={words}
          onValueChange={setWords}
          placeholder="Find a broadcast, or jump to"
          className="h-full flex-1 bg-transparent text-base outline-none"
        />
        <Kbd>esc</Kbd>
      </div>
      <Command.List className="max-h-[min(26rem,60dvh)] overflow-y-auto p-1.5">
        <Command.Empty className="px-3 py-8 text-center text-ink-2 text-sm">
          Nothing here has that name.
        </Command.Empty>
        {can(role, "draft") ? (
          <Group heading="Do">
            <Item onSelect={go("/broadcasts/new")} icon={<Plus aria-hidden />} shortcut="N">
              New broadcast
            </Item>
          </Group>
        ) : null}
        {found.length > 0 ? (
          <Group heading="Broadcasts">
            {found.map(({ id, level, title, message, status }) => (
              <Item
                key={id}
                value={id}
                keywords={[words]}
                onSelect={go(status === "draft" ? `/broadcasts/${id}/edit` : `/broadcasts/${id}`)}
                icon={<LevelIcon level={level} />}
                aside={<StatusLabel status={status} className="text-xs" />}
              >
                {title ?? messageText(message)}
              </Item>
            ))}
          </Group>
        ) : null}
        <Group heading="Go to">
          {NAV.filter((item) => can(role, item.needs)).map(({ href, label, icon: Icon, key }) => (
            <Item
              key={href}
              onSelect={go(href)}
              icon={<Icon aria-hidden />}
              shortcut={`G ${key.toUpperCase()}`}
            >
              {label}
            </Item>
          ))}
        </Group>
        <Group heading="Account">
          <Item onSelect={run(() => setTheme("light"))} icon={<Sun aria-hidden />}>
            Light theme
          </Item>
          <Item onSelect={run(() => setTheme("dark"))} icon={<Moon aria-hidden />}>
            Dark theme
          </Item>
          <Item onSelect={run(() => setTheme("system"))} icon={<Monitor aria-hidden />}>
            System theme
          </Item>
          <Item onSelect={() => leave("shortcuts")} icon={<Keyboard aria-hidden />} shortcut="?">
            Keyboard shortcuts
          </Item>
          <Item onSelect={run(() => void signOut())} icon={<LogOut aria-hidden />}>
            Sign out
          </Item>
        </Group>
      </Command.List>
    </Command>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-ink-3"
    >
      {children}
    </Command.Group>
  );
}

function Item({
  onSelect,
  icon,
  shortcut,
  aside,
  value,
  keywords,
  children,
}: {
  onSelect: () => void;
  icon: ReactNode;
  shortcut?: string;
  /** At the end of the line. */
  aside?: ReactNode;
  /** What it is known by, where its words are not its own alone. */
  value?: string;
  /** What it is found by beside its value. */
  keywords?: string[];
  children: ReactNode;
}) {
  return (
    <Command.Item
      onSelect={onSelect}
      {...(value !== undefined && { value })}
      {...(keywords && { keywords })}
      className={cn(
        "flex h-9 cursor-pointer items-center gap-3 rounded-sm px-2.5 text-sm touch",
        "data-[selected=true]:bg-hover [&_svg]:size-4 [&_svg]:text-ink-3",
      )}
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {aside}
      {shortcut ? <Kbd>{shortcut}</Kbd> : null}
    </Command.Item>
  );
}
