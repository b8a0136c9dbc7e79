"use client";

import { Badge } from "@/components/ui/badge";
import { type Column, DataTable } from "@/components/ui/data-table";
import { Link } from "@/components/ui/link";
import type { BroadcastView } from "@/core/api/broadcasts";
import { audienceWords } from "./composer/audience-words";
import { LevelIcon } from "./level";
import { ShownStatus } from "./shown-status";
import { RelativeTime } from "./time";

export interface BroadcastRow extends BroadcastView {
  /** The message without its formatting. */
  text: string;
}

/** Broadcasts, one a row; the whole row leads to it. */
export function BroadcastTable({ broadcasts }: { broadcasts: readonly BroadcastRow[] }) {
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <DataTable label="Broadcasts" rows={broadcasts} rowKey={({ id }) => id} columns={COLUMNS} />
    </div>
  );
}

const COLUMNS: readonly Column<BroadcastRow>[] = [
  { header: "Broadcast", className: "py-2.5", cell: (broadcast) => <Words {...broadcast} /> },
  {
    header: "Status",
    className: "w-36 max-md:pl-7!",
    cell: ({ id, status, audience }) => (
      <>
        <ShownStatus id={id} status={status} />
        {isTest(audience) ? <Badge className="ml-2">Test</Badge> : null}
      </>
    ),
  },
  {
    header: "Audience",
    className: "w-52 max-lg:hidden text-ink-2",
    cell: ({ audience }) => (isTest(audience) ? "Its author only" : audienceWords(audience ?? {})),
  },
  {
    header: "When",
    className: "nums w-48 whitespace-nowrap text-ink-2",
    cell: (broadcast) => <When broadcast={broadcast} />,
  },
];

function isTest(audience: BroadcastView["audience"]): boolean {
  return audience?.only !== undefined;
}

function Words({ id, level, title, text, status }: BroadcastRow) {
  return (
    <div className="flex items-start gap-3">
      <LevelIcon level={level} className="mt-0.5" />
      <div className="min-w-0">
        <Link
          href={status === "draft" ? `/broadcasts/${id}/edit` : `/broadcasts/${id}`}
          className="block truncate font-medium after:absolute after:inset-0"
        >
          {title ?? text}
        </Link>
        {title ? <p className="truncate text-ink-2">{text}</p> : null}
      </div>
    </div>
  );
}

function When({ broadcast }: { broadcast: BroadcastView }) {
  const { status, startsAt, endsAt, publishedAt, clearedAt, archivedAt, updatedAt } = broadcast;
  switch (status) {
    case "live":
      return <Moment prefix={endsAt ? "ends" : "since"} at={endsAt ?? startsAt ?? publishedAt} />;
    case "scheduled":
      return <Moment prefix="starts" at={startsAt} />;
    case "ended":
      return <Moment prefix="ended" at={endsAt} />;
    case "cleared":
      return <Moment prefix="cleared" at={clearedAt} />;
    case "archived":
      return <Moment prefix="archived" at={archivedAt} />;
    case "draft":
      return <Moment prefix="edited" at={updatedAt} />;
  }
}

function Moment({ prefix, at }: { prefix: string; at: string | null }) {
  if (at === null) return null;
  return (
    <>
      {prefix} <RelativeTime at={Date.parse(at)} className="relative z-10" />
    </>
  );
}
