import { ScrollText } from "lucide-react";
import type { Metadata } from "next";
import { listed } from "@/app/_server/listed";
import { visitorWho } from "@/app/_server/who";
import { AuditFilter } from "@/components/dashboard/audit/audit-filter";
import { AuditList } from "@/components/dashboard/audit/audit-list";
import { AUDIT_GROUPS } from "@/components/dashboard/audit/audit-words";
import { NotAllowed } from "@/components/dashboard/not-allowed";
import { Page } from "@/components/dashboard/page";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { Link } from "@/components/ui/link";
import { listAudit } from "@/lib/audit/list-audit";
import { toAuditEntryView } from "@/lib/http/views";

export const metadata: Metadata = { title: "Audit" };

const PAGE_SIZE = 50;

export default async function AuditPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const visitor = await visitorWho("manage", "/audit");
  if (!visitor) return <NotAllowed what="read the audit log" />;
  const query = await searchParams;
  const group = AUDIT_GROUPS.find(({ value }) => value === query.group)?.value ?? "";
  const cursor = typeof query.cursor === "string" ? query.cursor : null;
  const { entries, next } = await listed(
    listAudit(visitor.ctx, { ...(group && { action: group }), limit: PAGE_SIZE, cursor }),
  );
  const older = new URLSearchParams({ ...(group && { group }), ...(next && { cursor: next }) });
  return (
    <Page
      title="Audit"
      description="Every change by a person, a key or the clock, and who signed in. Nothing here is ever edited."
      actions={<AuditFilter value={group} />}
    >
      <Card aria-label="Changes">
        {entries.length > 0 ? (
          <AuditList entries={entries.map(toAuditEntryView)} detailed />
        ) : (
          <Empty icon={ScrollText} title="Nothing here">
            Changes of this kind appear here as soon as somebody makes one.
          </Empty>
        )}
      </Card>
      {next ? (
        <nav aria-label="Pages" className="mt-4 flex justify-end">
          <Button asChild>
            <Link href={`/audit?${older}`}>Older</Link>
          </Button>
        </nav>
      ) : null}
    </Page>
  );
}
