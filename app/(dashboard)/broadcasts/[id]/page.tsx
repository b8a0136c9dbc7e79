import type { Metadata } from "next";
import { findBroadcast } from "@/app/_server/find-broadcast";
import { requireVisitor } from "@/app/_server/who";
import { BroadcastActions } from "@/components/dashboard/broadcast/actions";
import { Facts } from "@/components/dashboard/broadcast/facts";
import { LiveFunnel } from "@/components/dashboard/broadcast/live-funnel";
import { Revisions } from "@/components/dashboard/broadcast/revisions";
import { messageText } from "@/components/dashboard/broadcast-text";
import { Preview } from "@/components/dashboard/composer/preview-pane";
import { Page } from "@/components/dashboard/page";
import { StatusLabel } from "@/components/dashboard/status";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { toWire } from "@/core/wire";
import { get } from "@/lib/broadcasts/get";
import { receiptStats } from "@/lib/broadcasts/receipts";
import { revisions } from "@/lib/broadcasts/revisions";

export const metadata: Metadata = { title: "Broadcast" };

const DAY_S = 24 * 3600;

export default async function BroadcastPage({ params }: { params: Promise<{ id: string }> }) {
  const visitor = await requireVisitor();
  const { ctx, workspace } = visitor;
  const { id } = await params;
  const broadcast = await findBroadcast(visitor, id);
  const [row, stats, history] = await Promise.all([
    get(ctx, { id }),
    receiptStats(ctx, { id, stepS: DAY_S }),
    revisions(ctx, { id }),
  ]);
  const { settings } = workspace;
  const { status, title, message, revision, audience } = broadcast;
  return (
    <Page
      title={title ?? messageText(message)}
      back={{ href: "/broadcasts", label: "Broadcasts" }}
      beside={
        <span className="flex items-center gap-2.5">
          <StatusLabel status={status} />
          <span className="nums text-ink-3 text-sm">v{revision}</span>
          {audience?.only === undefined ? null : <Badge>Test</Badge>}
        </span>
      }
      actions={<BroadcastActions broadcast={broadcast} />}
      className="grid gap-6"
    >
      <Card aria-label="Receipts">
        <LiveFunnel
          key={broadcast.showFromRevision}
          id={id}
          initial={stats.counts}
          isLive={status === "live"}
          hasAction={broadcast.action !== null}
        />
      </Card>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1.25fr)_minmax(0,1fr)]">
        <Preview broadcast={toWire(row, null, null, undefined, settings.defaultLocale)} />
        <Card title="Details">
          <Facts broadcast={broadcast} />
        </Card>
      </div>
      <Card title="Revisions">
        <Revisions revisions={history} timeZone={settings.timeZone} />
      </Card>
    </Page>
  );
}
