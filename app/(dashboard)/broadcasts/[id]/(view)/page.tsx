import type { Metadata } from "next";
import { Suspense } from "react";
import { findBroadcast } from "@/app/_server/find-broadcast";
import { listed } from "@/app/_server/listed";
import { type PageVisitor, requireVisitor } from "@/app/_server/who";
import { BroadcastActions } from "@/components/dashboard/broadcast/actions";
import { Facts } from "@/components/dashboard/broadcast/facts";
import { LiveFunnel } from "@/components/dashboard/broadcast/live-funnel";
import { Recipients } from "@/components/dashboard/broadcast/recipients";
import { Revisions } from "@/components/dashboard/broadcast/revisions";
import { Timeline } from "@/components/dashboard/broadcast/timeline";
import { INTERVAL_NAMES, INTERVALS } from "@/components/dashboard/broadcast/timeline-steps";
import { WhyCard } from "@/components/dashboard/broadcast/why-card";
import { messageText } from "@/components/dashboard/broadcast-text";
import { Preview } from "@/components/dashboard/composer/preview";
import { Page } from "@/components/dashboard/page";
import { ShownStatus } from "@/components/dashboard/shown-status";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { can } from "@/core/roles";
import { toWire } from "@/core/wire";
import { get } from "@/lib/broadcasts/get";
import { receiptStats, recipients } from "@/lib/broadcasts/receipts";
import { revisions } from "@/lib/broadcasts/revisions";
import { toRecipientView } from "@/lib/http/views";

export const metadata: Metadata = { title: "Broadcast" };

const PAGE_SIZE = 20;

type Query = Record<string, string | string[] | undefined>;

export default async function BroadcastPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string }>;
  searchParams: Promise<Query>;
}) {
  const { id } = await params;
  const visitor = await requireVisitor(`/broadcasts/${id}`);
  const { ctx, role, workspace } = visitor;
  const query = await searchParams;
  const interval = INTERVAL_NAMES.find((name) => name === query.interval) ?? "minute";
  const broadcast = await findBroadcast(visitor, id);
  const [row, stats] = await Promise.all([
    get(ctx, { id }),
    receiptStats(ctx, { id, stepS: INTERVALS[interval].stepS }),
  ]);
  const { settings } = workspace;
  const { status, title, message, revision, audience } = broadcast;
  return (
    <Page
      title={title ?? messageText(message)}
      back={{ href: "/broadcasts", label: "Broadcasts" }}
      beside={
        <span className="flex items-center gap-2.5">
          <ShownStatus id={id} status={status} />
          <span className="nums text-ink-3 text-sm">v{revision}</span>
          {audience?.only === undefined ? null : <Badge>Test</Badge>}
        </span>
      }
      actions={<BroadcastActions broadcast={broadcast} />}
      className="grid gap-6"
    >
      <Card aria-label="Receipts">
        <LiveFunnel broadcast={broadcast} initial={stats.counts} />
      </Card>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1.25fr)_minmax(0,1fr)]">
        <Preview broadcast={toWire(row, null, null, undefined, settings.defaultLocale)} />
        <Card title="Details">
          <Facts broadcast={broadcast} />
        </Card>
      </div>
      <Timeline id={id} interval={interval} steps={stats.timeline} timeZone={settings.timeZone} />
      {can(role, "receipts") ? (
        <Suspense fallback={<OnItsWay title="Recipients" />}>
          <RecipientsOf visitor={visitor} id={id} query={query} />
        </Suspense>
      ) : null}
      <WhyCard id={id} />
      <Card title="Revisions">
        <Suspense fallback={<SkeletonRows rows={2} label="Revisions" />}>
          <RevisionsOf visitor={visitor} id={id} />
        </Suspense>
      </Card>
    </Page>
  );
}

interface PartProps {
  visitor: PageVisitor;
  id: string;
}

async function RecipientsOf({
  visitor: { ctx, workspace },
  id,
  query,
}: PartProps & { query: Query }) {
  const cursor = typeof query.recipients === "string" ? query.recipients : null;
  const search = typeof query.recipient === "string" ? query.recipient : "";
  const people = await listed(recipients(ctx, { id, limit: PAGE_SIZE, cursor, search }));
  return (
    <Recipients
      id={id}
      workspace={workspace.slug}
      recipients={people.recipients.map(toRecipientView)}
      search={search}
      next={people.next}
    />
  );
}

async function RevisionsOf({ visitor: { ctx, workspace }, id }: PartProps) {
  const history = await revisions(ctx, { id });
  return <Revisions revisions={history} timeZone={workspace.settings.timeZone} />;
}

function OnItsWay({ title }: { title: string }) {
  return (
    <Card title={title}>
      <SkeletonRows rows={5} label={title} />
    </Card>
  );
}
