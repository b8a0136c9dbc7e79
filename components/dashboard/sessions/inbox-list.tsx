import { Badge } from "@/components/ui/badge";
import { Link } from "@/components/ui/link";
import type { Level, Status } from "@/core/broadcast";
import { messageText } from "../broadcast-text";
import { LevelIcon } from "../level";
import { StatusLabel } from "../status";
import { RelativeTime } from "../time";

export interface InboxRow {
  id: string;
  title: string | null;
  message: string;
  message_type: Level;
  status: Status;
  /** ISO 8601. */
  live_at: string;
  dismissed: boolean;
}

/** What went live during a session, as its recipient got it; newest first. */
export function InboxList({ messages }: { messages: readonly InboxRow[] }) {
  return (
    <ul className="divide-y divide-line">
      {messages.map(({ id, title, message, message_type: level, status, live_at, dismissed }) => (
        <li key={id} className="flex items-start gap-3 px-4 py-3 text-sm">
          <LevelIcon level={level} className="mt-0.5" />
          <div className="min-w-0 flex-1">
            <Link href={`/broadcasts/${id}`} className="rounded-xs font-medium hover:underline">
              {title ?? messageText(message)}
            </Link>
            {title ? <p className="text-ink-2">{messageText(message)}</p> : null}
            <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-3">
              <StatusLabel status={status} className="text-xs" />
              <RelativeTime at={Date.parse(live_at)} className="text-xs" />
              {dismissed ? <Badge>Dismissed</Badge> : null}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
