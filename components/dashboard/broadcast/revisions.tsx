import { Badge } from "@/components/ui/badge";
import { type BroadcastContent, type Difference, differences } from "@/core/revisions";
import { RelativeTime } from "../time";
import { fieldName, valueWords } from "./difference-words";

export interface Revision {
  revision: number;
  content: BroadcastContent;
  showAgain: boolean;
  byName: string;
  /** ms. */
  at: number;
}

/** What it said before, newest first, each with what changed. */
export function Revisions({
  revisions,
  timeZone,
}: {
  revisions: readonly Revision[];
  timeZone: string;
}) {
  return (
    <ol className="divide-y divide-line">
      {revisions.map(({ revision, content, showAgain, byName, at }, index) => {
        const before = revisions[index + 1];
        return (
          <li key={revision} className="grid gap-2 px-4 py-3.5">
            <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
              <span className="nums font-medium">v{revision}</span>
              <span className="text-ink-2">
                {byName}, <RelativeTime at={at} />
              </span>
              {before && showAgain ? <Badge tone="accent">Shown again</Badge> : null}
            </p>
            {before ? (
              <Differences changes={differences(before.content, content)} timeZone={timeZone} />
            ) : (
              <p className="text-ink-3 text-sm">First version</p>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function Differences({ changes, timeZone }: { changes: Difference[]; timeZone: string }) {
  if (changes.length === 0) return <p className="text-ink-3 text-sm">Same words</p>;
  return (
    <dl className="grid gap-2 text-sm">
      {changes.map(({ field, before, after }) => (
        <div key={field} className="grid gap-x-4 gap-y-0.5 sm:grid-cols-[8.5rem_minmax(0,1fr)]">
          <dt className="text-ink-3">{fieldName(field)}</dt>
          <dd className="grid gap-0.5">
            <del className="text-ink-3 decoration-line-control">
              {valueWords(field, before, timeZone)}
            </del>
            <ins className="no-underline">{valueWords(field, after, timeZone)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
