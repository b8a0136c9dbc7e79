import { Megaphone, SearchX } from "lucide-react";
import type { Metadata } from "next";
import { listed } from "@/app/_server/listed";
import { requireVisitor } from "@/app/_server/who";
import { type ListQuery, listHref, TABS } from "@/components/dashboard/broadcast-filters";
import { listQuery } from "@/components/dashboard/broadcast-query";
import { BroadcastTable } from "@/components/dashboard/broadcast-table";
import { messageText } from "@/components/dashboard/broadcast-text";
import { BroadcastToolbar } from "@/components/dashboard/broadcast-toolbar";
import { NewBroadcastButton } from "@/components/dashboard/new-broadcast-button";
import { Page } from "@/components/dashboard/page";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Link } from "@/components/ui/link";
import { viewOf } from "@/core/api/broadcasts";
import { list } from "@/lib/broadcasts/list";
import { runtime } from "@/lib/runtime-context";

export const metadata: Metadata = { title: "Broadcasts" };

const PAGE_SIZE = 25;

export default async function BroadcastsPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { ctx } = await requireVisitor("/broadcasts");
  const query = listQuery.parse(await searchParams);
  const { tab, level, search, cursor = null } = query;
  const { broadcasts, next } = await listed(
    list(ctx, {
      status: TABS[tab].statuses,
      ...(level && { level: [level] }),
      ...(search && { search }),
      limit: PAGE_SIZE,
      cursor,
    }),
  );
  const now = runtime().feed.now();
  const rows = broadcasts.map((broadcast) => ({
    ...viewOf(broadcast, now),
    text: messageText(broadcast.message),
  }));
  return (
    <Page title="Broadcasts" actions={<NewBroadcastButton />}>
      <BroadcastToolbar query={query} />
      {rows.length > 0 ? <BroadcastTable broadcasts={rows} /> : <NothingFound query={query} />}
      {cursor || next ? (
        <nav aria-label="Pages" className="mt-4 flex justify-end gap-2">
          {cursor ? (
            <Button asChild>
              <Link href={listHref(query, {})}>First page</Link>
            </Button>
          ) : null}
          {next ? (
            <Button asChild>
              <Link href={listHref(query, { cursor: next })}>Older</Link>
            </Button>
          ) : null}
        </nav>
      ) : null}
    </Page>
  );
}

function NothingFound({ query }: { query: ListQuery }) {
  const filtered = query.search !== "" || query.level !== undefined;
  if (filtered) {
    return (
      <Empty
        icon={SearchX}
        title="Nothing matches"
        action={
          <Button asChild>
            <Link href={listHref(query, { search: "", level: undefined })}>Clear filters</Link>
          </Button>
        }
      >
        No broadcast here has these words or this level.
      </Empty>
    );
  }
  const { title, words } = EMPTY_TABS[query.tab];
  return (
    <Empty icon={Megaphone} title={title} action={<NewBroadcastButton />}>
      {words}
    </Empty>
  );
}

const EMPTY_TABS = {
  all: {
    title: "No broadcasts yet",
    words:
      "A broadcast puts a banner in front of everyone who uses your product, at once, and in front of everyone else when they come back.",
  },
  live: {
    title: "Nothing is live",
    words: "Write a broadcast and everyone connected sees it at once.",
  },
  scheduled: {
    title: "Nothing is scheduled",
    words: "Give a broadcast a start, and it waits here until then.",
  },
  draft: {
    title: "No drafts",
    words: "What you begin to write is kept here until you publish it.",
  },
  past: {
    title: "Nothing has ended yet",
    words: "Broadcasts that ended, or were cleared, are listed here with their figures.",
  },
  archived: {
    title: "Nothing is archived",
    words: "Archive a past broadcast to take it out of the list. It is kept here.",
  },
} as const;
