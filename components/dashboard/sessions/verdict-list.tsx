import { Eye, EyeOff, Megaphone } from "lucide-react";
import { Empty } from "@/components/ui/empty";
import { Link } from "@/components/ui/link";
import type { Level, Status } from "@/core/broadcast";
import { messageText } from "../broadcast-text";
import { LevelIcon } from "../level";
import { StatusLabel } from "../status";

export interface VerdictRow {
  id: string;
  level: Level;
  title: string | null;
  message: string;
  status: Status;
  sees: boolean;
  /** In words, one for each thing that decided. */
  reasons: string[];
}

/** Of each broadcast that is out: whether this recipient sees it, and what decided. */
export function VerdictList({ verdicts }: { verdicts: readonly VerdictRow[] }) {
  if (verdicts.length === 0) {
    return (
      <Empty icon={Megaphone} title="Nothing is live or scheduled">
        Publish something, and this says whether this person sees it.
      </Empty>
    );
  }
  return (
    <ul className="divide-y divide-line">
      {verdicts.map(({ id, level, title, message, status, sees, reasons }) => (
        <li key={id} className="grid gap-1.5 px-4 py-3.5 text-sm">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <LevelIcon level={level} />
            <Link
              href={`/broadcasts/${id}`}
              className="min-w-0 flex-1 basis-40 truncate rounded-xs font-medium hover:underline"
            >
              {title ?? messageText(message)}
            </Link>
            {status === "scheduled" ? <StatusLabel status={status} className="text-xs" /> : null}
            <span className="inline-flex items-center gap-1.5 text-ink-2">
              {sees ? (
                <Eye aria-hidden className="size-4 text-live-ink" />
              ) : (
                <EyeOff aria-hidden className="size-4 text-ink-3" />
              )}
              {sees ? "Sees it" : "Does not see it"}
            </span>
          </div>
          {reasons.length > 0 ? (
            <ul className="grid gap-0.5 pl-7 text-ink-2">
              {reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
