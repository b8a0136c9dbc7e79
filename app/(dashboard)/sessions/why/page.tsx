import type { Metadata } from "next";
import { requireVisitor } from "@/app/_server/who";
import { Page } from "@/components/dashboard/page";
import { WhyViewer } from "@/components/dashboard/sessions/why-viewer";

export const metadata: Metadata = { title: "Why somebody sees it" };

export default async function WhyPage() {
  await requireVisitor("/sessions/why");
  return (
    <Page
      title="Why somebody sees it, or not"
      description="For anyone whose user id or traits you know, connected now or not."
      back={{ href: "/sessions", label: "Sessions" }}
    >
      <WhyViewer />
    </Page>
  );
}
