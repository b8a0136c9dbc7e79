import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";
import { Page } from "./page";

/** A screen in the shape of what comes; late enough not to flash where that is quick. */
export function ScreenOnItsWay({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="animate-late">
      <Page title={title}>{children}</Page>
    </div>
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
