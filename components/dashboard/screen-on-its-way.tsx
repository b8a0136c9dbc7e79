import { Card } from "@/components/ui/card";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";
import { Page, type PageProps } from "./page";

/** A screen in the shape of what comes; late enough not to flash where that is quick. */
export function ScreenOnItsWay(props: PageProps) {
  return (
    <div className="animate-late">
      <Page {...props} />
    </div>
  );
}

/** A heading that only the data has, as wide as most; `kind` is what is said of it meanwhile. */
export function HeadingOnItsWay({ kind }: { kind: string }) {
  return (
    <>
      <span className="sr-only">{kind}</span>
      <Skeleton className="h-7 w-56" />
    </>
  );
}

/** Names and values: the right column of a screen about one thing. */
export function FactsOnItsWay({ title, facts }: { title: string; facts: number }) {
  return (
    <Card title={title}>
      <div className="grid gap-3.5 px-4 py-4.5">
        {Array.from({ length: facts }, (_, fact) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: facts of nothing have no other identity
          <div key={fact} className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-4">
            <Skeleton className="h-3.5 w-16" />
            <Skeleton className="h-3.5 w-32" />
          </div>
        ))}
      </div>
    </Card>
  );
}

/** A list: what chooses among its rows, where something does, and the rows. */
export function ListOnItsWay({
  title,
  filtered = false,
  rows = 6,
}: {
  title: string;
  filtered?: boolean;
  rows?: number;
}) {
  return (
    <ScreenOnItsWay title={title}>
      {filtered ? <Skeleton className="mb-4 h-8 w-full max-w-96" /> : null}
      <Card aria-label={title}>
        <SkeletonRows rows={rows} label={title} />
      </Card>
    </ScreenOnItsWay>
  );
}
