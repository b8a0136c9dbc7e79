"use client";

import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useRef, useTransition } from "react";
import { cn } from "@/components/ui/cn";
import { Input, Select } from "@/components/ui/input";
import { Link } from "@/components/ui/link";
import { Spinner } from "@/components/ui/spinner";
import { LEVELS } from "@/core/broadcast";
import { type ListQuery, listHref, TAB_NAMES, TABS } from "./broadcast-filters";
import { LEVEL_LOOKS } from "./level";

const SETTLE_MS = 250;

/** Status tabs, level and search; all of them are the page's address. */
export function BroadcastToolbar({ query }: { query: ListQuery }) {
  const router = useRouter();
  const [pending, start] = useTransition();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const go = (change: Partial<ListQuery>) =>
    start(() => router.replace(listHref(query, change), { scroll: false }));
  const search = (text: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => go({ search: text.trim() }), SETTLE_MS);
  };
  return (
    <div className="mb-4 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
      <nav aria-label="Status" className="-mx-1 flex max-w-full gap-0.5 overflow-x-auto p-1">
        {TAB_NAMES.map((tab) => (
          <Link
            key={tab}
            href={listHref(query, { tab })}
            aria-current={tab === query.tab ? "page" : undefined}
            className={cn(
              "flex h-8 items-center whitespace-nowrap rounded-sm px-2.5 font-medium text-ink-2 text-sm touch",
              "transition-colors duration-150 hover:bg-hover hover:text-ink",
              "aria-[current=page]:bg-sunken aria-[current=page]:text-ink",
            )}
          >
            {TABS[tab].label}
          </Link>
        ))}
      </nav>
      <div className="flex flex-1 items-center gap-2 sm:max-w-md">
        <Select
          aria-label="Level"
          value={query.level ?? ""}
          onChange={(event) => {
            go({ level: LEVELS.find((level) => level === event.target.value) });
          }}
          className="w-32 shrink-0 [&_select]:h-8 [&_select]:text-sm"
        >
          <option value="">All levels</option>
          {LEVELS.map((level) => (
            <option key={level} value={level}>
              {LEVEL_LOOKS[level].label}
            </option>
          ))}
        </Select>
        <div className="relative flex-1">
          <span className="pointer-events-none absolute inset-y-0 left-2.5 grid place-items-center text-ink-3">
            {pending ? <Spinner /> : <Search aria-hidden className="size-4" />}
          </span>
          <Input
            type="search"
            aria-label="Search"
            placeholder="Search title or message"
            defaultValue={query.search}
            onChange={(event) => search(event.target.value)}
            className="h-8 pl-8 text-sm"
          />
        </div>
      </div>
    </div>
  );
}
