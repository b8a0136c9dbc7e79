import { Activity, CircleQuestionMark } from "lucide-react";
import type { Metadata } from "next";
import { listed } from "@/app/_server/listed";
import { requireVisitor } from "@/app/_server/who";
import { formatCount } from "@/components/dashboard/format";
import { Page } from "@/components/dashboard/page";
import { SessionTable } from "@/components/dashboard/sessions/session-table";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { Empty } from "@/components/ui/empty";
import { Link } from "@/components/ui/link";
import { can } from "@/core/roles";
import { toSessionView } from "@/lib/http/views";
import { listSessions } from "@/lib/sessions/list-sessions";

export const metadata: Metadata = { title: "Sessions" };

const PAGE_SIZE = 50;
const STATES = [
  { value: "active", label: "Active" },
  { value: "inactive", label: "Away" },
  { value: "all", label: "All" },
] as const;

export default async function SessionsPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { ctx, role } = await requireVisitor("/sessions");
  const query = await searchParams;
  const state = STATES.find(({ value }) => value === query.state)?.value ?? "active";
  const cursor = typeof query.cursor === "string" ? query.cursor : null;
  const { sessions, next, counts } = await listed(
    listSessions(ctx, { state, limit: PAGE_SIZE, cursor }),
  );
  const totals = {
    active: counts.activeSessions,
    inactive: Math.max(0, counts.allSessions - counts.activeSessions),
    all: counts.allSessions,
  };
  return (
    <Page
      title="Sessions"
      description="A session is one recipient's stay. It outlives its connections, so that whoever comes back is recognised."
      actions={
        <Button asChild>
          <Link href="/sessions/why">
            <CircleQuestionMark aria-hidden />
            Why does somebody see it?
          </Link>
        </Button>
      }
    >
      <nav aria-label="State" className="-mx-1 mb-4 flex gap-0.5 overflow-x-auto p-1">
        {STATES.map(({ value, label }) => (
          <Link
            key={value}
            href={value === "active" ? "/sessions" : `/sessions?state=${value}`}
            aria-current={value === state ? "page" : undefined}
            className={cn(
              "flex h-8 items-center gap-2 whitespace-nowrap rounded-sm px-2.5 font-medium text-ink-2 text-sm touch",
              "transition-colors duration-150 hover:bg-hover hover:text-ink",
              "aria-[current=page]:bg-sunken aria-[current=page]:text-ink",
            )}
          >
            {label}
            <span className="nums font-normal text-ink-3">{formatCount(totals[value])}</span>
          </Link>
        ))}
      </nav>
      {counts.clusterWide ? null : (
        <p className="mb-4 text-sm text-warning">
          These are this server's sessions only: the shared store cannot be reached.
        </p>
      )}
      {counts.incomplete ? (
        <p className="mb-4 text-sm text-warning">
          Some sessions of before a data loss are not counted.
        </p>
      ) : null}
      <Card aria-label="Sessions">
        {sessions.length > 0 ? (
          <SessionTable sessions={sessions.map(toSessionView)} />
        ) : (
          <Empty
            icon={Activity}
            title={state === "inactive" ? "Nobody is away" : "Nobody is here"}
            action={
              can(role, "manage") ? (
                <Button asChild>
                  <Link href="/settings">Embed it in your product</Link>
                </Button>
              ) : null
            }
          >
            {state === "inactive"
              ? "Whoever closes their last page stays here until their session runs out."
              : "Sessions appear as soon as a page with the banner is opened."}
          </Empty>
        )}
      </Card>
      {next ? (
        <nav aria-label="Pages" className="mt-4 flex justify-end">
          <Button asChild>
            <Link href={`/sessions?${new URLSearchParams({ state, cursor: next })}`}>More</Link>
          </Button>
        </nav>
      ) : null}
    </Page>
  );
}
