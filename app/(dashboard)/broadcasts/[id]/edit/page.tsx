import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { findBroadcast } from "@/app/_server/find-broadcast";
import { visitorWho } from "@/app/_server/who";
import { Composer } from "@/components/dashboard/composer/composer";
import { NotAllowed } from "@/components/dashboard/not-allowed";
import { Page } from "@/components/dashboard/page";
import { StatusLabel } from "@/components/dashboard/status";
import { can } from "@/core/roles";

export const metadata: Metadata = { title: "Edit broadcast" };

export default async function EditBroadcastPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const visitor = await visitorWho("draft", `/broadcasts/${id}/edit`);
  if (!visitor) return <NotAllowed what="write broadcasts" />;
  const broadcast = await findBroadcast(visitor, id);
  const { status } = broadcast;
  if (status === "ended" || status === "cleared" || status === "archived") {
    redirect(`/broadcasts/${id}`);
  }
  if (status !== "draft" && !can(visitor.role, "publish")) {
    return <NotAllowed what="change a broadcast that is out" />;
  }
  const back =
    status === "draft"
      ? { href: "/broadcasts", label: "Broadcasts" }
      : { href: `/broadcasts/${id}`, label: "Broadcast" };
  return (
    <Page
      title={status === "draft" ? "Draft" : "Edit broadcast"}
      beside={status === "draft" ? null : <StatusLabel status={status} />}
      back={back}
    >
      <Composer broadcast={broadcast} />
    </Page>
  );
}
