import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import type { BroadcastView } from "@/core/api/broadcasts";
import { messageText } from "./broadcast-text";
import { audienceWords } from "./composer/audience-words";
import { LevelIcon } from "./level";
import { StatusLabel } from "./status";
import { RelativeTime } from "./time";

/** Broadcasts, one a row; the whole row leads to it. */
export function BroadcastTable({ broadcasts }: { broadcasts: readonly BroadcastView[] }) {
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <table className="w-full text-sm max-md:block">
        <thead className="max-md:hidden">
          <tr className="border-line border-b bg-canvas text-left text-ink-3 text-xs [&>th]:h-9 [&>th]:px-4 [&>th]:font-medium">
            <th scope="col">Broadcast</th>
            <th scope="col" className="w-32">
              Status
            </th>
            <th scope="col" className="w-48 max-lg:hidden">
              Audience
            </th>
            <th scope="col" className="w-48">
              When
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line max-md:block">
          {broadcasts.map((broadcast) => (
            <Row key={broadcast.id} broadcast={broadcast} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ broadcast }: { broadcast: BroadcastView }) {
  const { id, level, title, message, status, audience } = broadcast;
  const text = messageText(message);
  const isTest = audience?.only !== undefined;
  return (
    <tr className="relative transition-colors duration-150 hover:bg-canvas max-md:grid max-md:grid-cols-[1fr_auto] max-md:gap-y-1.5 max-md:p-4 [&>td]:px-4 [&>td]:py-3 max-md:[&>td]:p-0">
      <td className="min-w-0 max-md:col-span-2 md:max-w-0">
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
      </td>
      <td className="max-md:pl-7!">
        <StatusLabel status={status} />
        {isTest ? <Badge className="ml-2">Test</Badge> : null}
      </td>
      <td className="truncate text-ink-2 max-lg:hidden lg:max-w-0">
        {isTest ? "Its author only" : audienceWords(audience ?? {})}
      </td>
      <td className="nums whitespace-nowrap text-ink-2">
        <When broadcast={broadcast} />
      </td>
    </tr>
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
