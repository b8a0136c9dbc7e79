import { ChevronRight, Cpu, KeyRound } from "lucide-react";
import { Avatar } from "@/components/ui/avatar";
import { Link } from "@/components/ui/link";
import { RelativeTime } from "../time";
import { actionWords, changesOf, subjectOf } from "./audit-words";

export interface AuditRow {
  id: string;
  /** ISO 8601. */
  at: string;
  actor: { kind: "user" | "key" | "system"; id: string; name: string };
  action: string;
  target: { kind: string; id: string };
  before: unknown;
  after: unknown;
  address: string | null;
}

/** Who did what, newest first; an entry opens to what changed. */
export function AuditList({
  entries,
  detailed = false,
}: {
  entries: readonly AuditRow[];
  /** With addresses, and what changed. */
  detailed?: boolean;
}) {
  return (
    <ol className="divide-y divide-line">
      {entries.map((entry) => (
        <li key={entry.id}>
          {detailed && changesOf(entry.before, entry.after).length > 0 ? (
            <details className="group">
              <summary className="list-none transition-colors duration-150 hover:bg-canvas [&::-webkit-details-marker]:hidden">
                <Line entry={entry} detailed openable />
              </summary>
              <Changes entry={entry} />
            </details>
          ) : (
            <Line entry={entry} detailed={detailed} />
          )}
        </li>
      ))}
    </ol>
  );
}

function Line({
  entry,
  detailed,
  openable = false,
}: {
  entry: AuditRow;
  detailed: boolean;
  openable?: boolean;
}) {
  const { actor, action, before, after, at, address } = entry;
  const subject = subjectOf(before, after);
  return (
    <div className="flex items-start gap-3 px-4 py-3 text-sm">
      <ActorMark actor={actor} />
      <p className="min-w-0 flex-1">
        <span className="font-medium">{actor.name}</span>{" "}
        <span className="text-ink-2">{actionWords(action)}</span>
        {subject ? (
          <span className="block truncate text-ink-3">
            {openable ? subject : <Subject entry={entry}>{subject}</Subject>}
          </span>
        ) : null}
      </p>
      <span className="nums shrink-0 text-right text-ink-3">
        <RelativeTime at={Date.parse(at)} />
        {detailed && address ? <span className="block text-xs">{address}</span> : null}
      </span>
      {openable ? (
        <ChevronRight
          aria-hidden
          className="mt-0.5 size-4 shrink-0 text-ink-3 transition-transform duration-150 group-open:rotate-90"
        />
      ) : null}
      {detailed && !openable ? <span aria-hidden className="w-4 shrink-0" /> : null}
    </div>
  );
}

function Subject({ entry: { target }, children }: { entry: AuditRow; children: string }) {
  if (target.kind !== "broadcast") return children;
  return (
    <Link
      href={`/broadcasts/${target.id}`}
      className="rounded-xs underline-offset-2 hover:text-ink hover:underline"
    >
      {children}
    </Link>
  );
}

function ActorMark({ actor }: { actor: AuditRow["actor"] }) {
  if (actor.kind === "user") return <Avatar name={actor.name} />;
  const Icon = actor.kind === "key" ? KeyRound : Cpu;
  return (
    <span className="grid size-6 shrink-0 place-items-center rounded-full bg-sunken text-ink-2">
      <Icon aria-hidden className="size-3.5" />
    </span>
  );
}

function Changes({ entry }: { entry: AuditRow }) {
  return (
    <dl className="mx-4 mb-4 ml-13 grid gap-2 rounded-sm bg-sunken p-3 text-xs max-sm:ml-4">
      {entry.target.kind === "broadcast" ? (
        <div className="pb-1">
          <dt className="sr-only">Broadcast</dt>
          <dd>
            <Subject entry={entry}>Open the broadcast</Subject>
          </dd>
        </div>
      ) : null}
      {changesOf(entry.before, entry.after).map(({ key, before, after }) => (
        <div key={key} className="grid gap-x-4 gap-y-0.5 sm:grid-cols-[9rem_minmax(0,1fr)]">
          <dt className="font-mono text-ink-3">{key}</dt>
          <dd className="break-words">
            {before === "none" ? null : (
              <del className="mr-2 text-ink-3 decoration-line-control">{before}</del>
            )}
            <ins className="no-underline">{after}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
