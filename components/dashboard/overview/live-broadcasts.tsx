"use client";

import { Code, Megaphone } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { Link } from "@/components/ui/link";
import type { BroadcastView } from "@/core/api/broadcasts";
import type { ReceiptCounts } from "../broadcast/funnel";
import { ClearButton } from "../clear-button";
import { useShownStatus } from "../clearing";
import { useCan } from "../context";
import { LevelBadge } from "../level";
import { NewBroadcastButton } from "../new-broadcast-button";
import { Countdown, RelativeTime } from "../time";
import { ClearAllButton } from "./clear-all-button";
import { LiveCounts } from "./live-counts";

interface LiveBroadcast {
  broadcast: BroadcastView;
  /** The message without its formatting. */
  text: string;
  counts: ReceiptCounts;
}

/** What is on people's screens now. */
export function LiveBroadcasts({ broadcasts }: { broadcasts: readonly LiveBroadcast[] }) {
  const statusOf = useShownStatus();
  const shown = broadcasts.filter(({ broadcast }) => statusOf(broadcast) === "live");
  return (
    <Card
      title="Live"
      aside={
        shown.length > 1 ? (
          <ClearAllButton ids={shown.map(({ broadcast }) => broadcast.id)} />
        ) : null
      }
    >
      {shown.length > 0 ? (
        <ul className="divide-y divide-line">
          {shown.map((live) => (
            <LiveRow key={live.broadcast.id} {...live} />
          ))}
        </ul>
      ) : (
        <Empty icon={Megaphone} title="Nothing is live" action={<FirstSteps />}>
          Write a broadcast and everyone connected sees it at once.
        </Empty>
      )}
    </Card>
  );
}

function FirstSteps() {
  return (
    <div className="flex flex-wrap justify-center gap-2">
      <NewBroadcastButton />
      {useCan("manage") ? (
        <Button asChild>
          <Link href="/settings">
            <Code aria-hidden />
            Put it on your pages
          </Link>
        </Button>
      ) : null}
    </div>
  );
}

function LiveRow({ broadcast, text, counts }: LiveBroadcast) {
  const { id, showFromRevision, title, level, endsAt, startsAt, publishedAt } = broadcast;
  const since = startsAt ?? publishedAt;
  return (
    <li className="relative grid gap-3 px-4 py-3.5 transition-colors duration-150 hover:bg-canvas">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <span aria-hidden className="size-2 shrink-0 animate-pulse-live rounded-full bg-live" />
        <Link
          href={`/broadcasts/${id}`}
          className="min-w-0 flex-1 basis-48 truncate font-medium after:absolute after:inset-0"
        >
          {title ?? text}
        </Link>
        <LevelBadge level={level} />
        <span className="text-ink-2 text-sm max-sm:flex-1 max-sm:pl-6">
          {endsAt ? (
            <>
              ends in <Countdown at={Date.parse(endsAt)} />
            </>
          ) : since ? (
            <>
              since <RelativeTime at={Date.parse(since)} />
            </>
          ) : null}
        </span>
        <ClearButton id={id} className="relative z-10" />
      </div>
      <LiveCounts id={id} shown={showFromRevision} initial={counts} />
    </li>
  );
}
