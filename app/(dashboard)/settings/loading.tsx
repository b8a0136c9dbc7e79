import { ScreenOnItsWay } from "@/components/dashboard/screen-on-its-way";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";

const TOPICS = ["who", "tokens", "time", "screen", "inbox"];

export default function Loading() {
  return (
    <ScreenOnItsWay
      title="Settings"
      description={<Skeleton className="my-0.5 h-4 w-44" />}
      className="grid gap-6"
    >
      <Card title="Put it on your pages">
        <div className="grid gap-4 px-4 py-5">
          <Skeleton className="h-44 rounded-md" />
          <Skeleton className="h-4 w-full max-w-120" />
          <Skeleton className="h-28 rounded-md" />
        </div>
      </Card>
      <Card title="General">
        <div className="divide-y divide-line">
          {TOPICS.map((topic) => (
            <div
              key={topic}
              className="grid gap-x-10 gap-y-4 px-4 py-5 md:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)]"
            >
              <Skeleton className="h-4 w-32" />
              <Skeleton className="h-9 rounded-sm" />
            </div>
          ))}
        </div>
      </Card>
    </ScreenOnItsWay>
  );
}
