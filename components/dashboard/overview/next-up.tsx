import { CalendarClock } from "lucide-react";
import { Card } from "@/components/ui/card";
import { Link } from "@/components/ui/link";
import type { BroadcastView } from "@/core/api/broadcasts";
import { messageText } from "../broadcast-text";
import { LevelIcon } from "../level";
import { AbsoluteTime, RelativeTime } from "../time";

/** What starts by itself, soonest first. */
export function NextUp({ broadcasts }: { broadcasts: readonly BroadcastView[] }) {
  return (
    <Card title="Next up">
      {broadcasts.length > 0 ? (
        <ul className="divide-y divide-line">
          {broadcasts.map(({ id, level, title, message, startsAt }) => (
            <li
              key={id}
              className="relative flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3 transition-colors duration-150 hover:bg-canvas"
            >
              <LevelIcon level={level} />
              <Link
                href={`/broadcasts/${id}`}
                className="min-w-0 flex-1 basis-48 truncate font-medium after:absolute after:inset-0"
              >
                {title ?? messageText(message)}
              </Link>
              {startsAt ? (
                <span className="basis-full pl-7 text-ink-2 text-sm">
                  <RelativeTime at={Date.parse(startsAt)} /> ·{" "}
                  <AbsoluteTime at={Date.parse(startsAt)} />
                </span>
              ) : null}
            </li>
          ))}
        </ul>
      ) : (
        <p className="flex items-center gap-2.5 px-4 py-4 text-ink-2 text-sm">
          <CalendarClock aria-hidden className="size-4 shrink-0 text-ink-3" />
          Nothing is scheduled. Give a broadcast a start and it waits here.
        </p>
      )}
    </Card>
  );
}
