import type { Metadata } from "next";
import { visitorWho } from "@/app/_server/who";
import { Composer } from "@/components/dashboard/composer/composer";
import { NotAllowed } from "@/components/dashboard/not-allowed";
import { Page } from "@/components/dashboard/page";

export const metadata: Metadata = { title: "New broadcast" };

export default async function NewBroadcastPage() {
  if (!(await visitorWho("draft", "/broadcasts/new")))
    return <NotAllowed what="write broadcasts" />;
  return (
    <Page title="New broadcast" back={{ href: "/broadcasts", label: "Broadcasts" }}>
      <Composer broadcast={null} />
    </Page>
  );
}
