import type { Metadata } from "next";
import { findBroadcast } from "@/app/_server/find-broadcast";
import { requireVisitor } from "@/app/_server/who";
import { BroadcastActions } from "@/components/dashboard/broadcast/actions";
import { Facts } from "@/components/dashboard/broadcast/facts";
import { LiveFunnel } from "@/components/dashboard/broadcast/live-funnel";
import { Recipients } from "@/components/dashboard/broadcast/recipients";
import { Revisions } from "@/components/dashboard/broadcast/revisions";
import { Timeline } from "@/components/dashboard/broadcast/timeline";
import { INTERVAL_NAMES, INTERVALS } from "@/components/dashboard/broadcast/timeline-steps";
import { WhyForm } from "@/components/dashboard/broadcast/why-form";
import { messageText } from "@/components/dashboard/broadcast-text";
import { Preview } from "@/components/dashboard/composer/preview-pane";
import { Page } from "@/components/dashboard/page";
import { StatusLabel } from "@/components/dashboard/status";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { can } from "@/core/roles";
import { toWire } from "@/core/wire";
import { get } from "@/lib/broadcasts/get";
import { receiptStats, recipients } from "@/lib/broadcasts/receipts";
import { revisions } from "@/lib/broadcasts/revisions";
import { toRecipientView } from "@/lib/http/views";

export const metadata: Metadata = { title: "Broadcast" };

const PAGE_SIZE = 20;

export default async function BroadcastPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { id } = await params;
  const visitor = await requireVisitor(`/broadcasts/${id}`);
  const { ctx, role, workspace } = visitor;
  const query = await searchParams;
  const interval = INTERVAL_NAMES.find((name) => name === query.interval) ?? "minute";
  const cursor = typeof query.recipients === "string" ? query.recipients : null;
  const broadcast = await findBroadcast(visitor, id);
  const [row, stats, history, people] = await Promise.all([
    get(ctx, { id }),
    receiptStats(ctx, { id, stepS: INTERVALS[interval].stepS }),
    revisions(ctx, { id }),
    can(role, "receipts") ? recipients(ctx, { id, limit: PAGE_SIZE, cursor }) : null,
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
      <Timeline id={id} interval={interval} steps={stats.timeline} timeZone={settings.timeZone} />
      {people ? (
        <Recipients
          id={id}
          workspace={workspace.slug}
          recipients={people.recipients.map(toRecipientView)}
          next={people.next}
        />
      ) : null}
      <Card title="Who sees it, and why">
        <WhyForm id={id} />
      </Card>
      <Card title="Revisions">
        <Revisions revisions={history} timeZone={settings.timeZone} />
      </Card>
    </Page>
  );
}
