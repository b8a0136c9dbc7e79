import { ScreenOnItsWay } from "@/components/dashboard/screen-on-its-way";
import { Card } from "@/components/ui/card";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <ScreenOnItsWay title="Overview">
      <div className="grid gap-6">
        <Skeleton className="h-62 rounded-md" />
        <Card title="Live">
          <SkeletonRows rows={3} label="Live broadcasts" />
        </Card>
      </div>
    </ScreenOnItsWay>
  );
}
