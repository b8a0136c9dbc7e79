import {
  FactsOnItsWay,
  HeadingOnItsWay,
  ScreenOnItsWay,
} from "@/components/dashboard/screen-on-its-way";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <ScreenOnItsWay
      title={<HeadingOnItsWay kind="Session" />}
      back={{ href: "/sessions", label: "Sessions" }}
      className="grid items-start gap-6 lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]"
    >
      <div className="grid gap-6">
        <Card title="What it sees, and why">
          <SkeletonRows rows={3} label="Broadcasts" />
        </Card>
        <Card title="Inbox">
          <SkeletonRows rows={3} label="Messages" />
        </Card>
      </div>
      <FactsOnItsWay title="Session" facts={9} />
    </ScreenOnItsWay>
  );
}
