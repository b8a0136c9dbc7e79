import {
  FactsOnItsWay,
  HeadingOnItsWay,
  ScreenOnItsWay,
} from "@/components/dashboard/screen-on-its-way";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <ScreenOnItsWay
      title={<HeadingOnItsWay kind="Broadcast" />}
      back={{ href: "/broadcasts", label: "Broadcasts" }}
      className="grid gap-6"
    >
      <Card aria-label="Receipts">
        <Skeleton className="m-4 h-18 sm:m-5" />
      </Card>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1.25fr)_minmax(0,1fr)]">
        <div className="grid gap-3">
          <Skeleton className="h-8 w-64 max-w-full" />
          <Skeleton className="h-90.5 rounded-lg" />
        </div>
        <FactsOnItsWay title="Details" facts={9} />
      </div>
      <Card title="Time line">
        <Skeleton className="m-4 h-48" />
      </Card>
    </ScreenOnItsWay>
  );
}
