"use client";

import dynamic from "next/dynamic";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";

const WhyForm = dynamic(() => import("./why-form").then((it) => it.WhyForm), {
  ssr: false,
  loading: () => <Skeleton className="m-4 h-21" />,
});

/** Asked now and then: its form is fetched behind the page. */
export function WhyCard({ id }: { id: string }) {
  return (
    <Card title="Who sees it, and why">
      <WhyForm id={id} />
    </Card>
  );
}
