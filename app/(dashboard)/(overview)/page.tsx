import type { Metadata } from "next";
import { requireVisitor } from "@/app/_server/who";
import { messageText } from "@/components/dashboard/broadcast-text";
import { NewBroadcastButton } from "@/components/dashboard/new-broadcast-button";
import { ConnectedNow } from "@/components/dashboard/overview/connected-now";
import { LiveBroadcasts } from "@/components/dashboard/overview/live-broadcasts";
import { NextUp } from "@/components/dashboard/overview/next-up";
import { RecentActivity } from "@/components/dashboard/overview/recent-activity";
import { Page } from "@/components/dashboard/page";
import { cn } from "@/components/ui/cn";
import { viewOf } from "@/core/api/broadcasts";
import { isTest, liveFrom, statusOf } from "@/core/broadcast";
import { can } from "@/core/roles";
import { listAudit } from "@/lib/audit/list-audit";
import { toAuditEntryView } from "@/lib/http/views";
import { runtime } from "@/lib/runtime-context";

export const metadata: Metadata = { title: "Overview" };

const ACTIVITY = 6;

export default async function OverviewPage() {
  const { ctx, role, workspace } = await requireVisitor("/");
  const { feed, receipts, health } = runtime();
  const now = feed.now();
  const rows = feed.broadcastsOf(workspace.id).filter((row) => !isTest(row));
  const ofStatus = (status: "live" | "scheduled") =>
    rows
      .filter((row) => statusOf(row, now) === status)
      .sort((a, b) => liveFrom(a) - liveFrom(b))
      .map((row) => viewOf(row, now));
  const live = ofStatus("live").reverse();
  const [counts, activity] = await Promise.all([
    receipts.countsOf(live),
    can(role, "manage")
      ? listAudit(ctx, { limit: ACTIVITY, cursor: null, without: "account" })
      : null,
  ]);
  const liveWithCounts = live.flatMap((broadcast, index) => {
    const count = counts[index];
    return count ? { broadcast, text: messageText(broadcast.message), counts: count } : [];
  });
  return (
    <Page title="Overview" actions={<NewBroadcastButton />} className="grid gap-6">
      <ConnectedNow history={health.history.samples} />
      <LiveBroadcasts broadcasts={liveWithCounts} />
      <div className={cn("grid items-start gap-6", activity && "lg:grid-cols-2")}>
        <NextUp broadcasts={ofStatus("scheduled")} />
        {activity ? <RecentActivity entries={activity.entries.map(toAuditEntryView)} /> : null}
      </div>
    </Page>
  );
}
