import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Link } from "@/components/ui/link";
import { AuditList, type AuditRow } from "../audit/audit-list";

/** The last few changes, for those who may read the audit log. */
export function RecentActivity({ entries }: { entries: readonly AuditRow[] }) {
  return (
    <Card
      title="Recent activity"
      aside={
        <Button asChild look="quiet" size="sm">
          <Link href="/audit">All of it</Link>
        </Button>
      }
    >
      <AuditList entries={entries} />
    </Card>
  );
}
