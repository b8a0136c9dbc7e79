import { Download, Users } from "lucide-react";
import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { DataTable } from "@/components/ui/data-table";
import { recipientKind } from "../sessions/recipient";
import { RelativeTime } from "../time";

export interface RecipientRow {
  recipient: string;
  /** ISO 8601. */
  seenAt: string | null;
  clickedAt: string | null;
  dismissedAt: string | null;
  snoozedUntil: string | null;
}

/** Who did what with it; all of it as CSV. */
export function Recipients({
  id,
  workspace,
  recipients,
  next,
}: {
  id: string;
  workspace: string;
  recipients: readonly RecipientRow[];
  next: string | null;
}) {
  return (
    <Card
      title="Recipients"
      aside={
        recipients.length > 0 ? (
          <Button asChild size="sm">
            <a
              href={`/api/v1/broadcasts/${id}/receipts.csv?${new URLSearchParams({ workspace })}`}
              download
            >
              <Download aria-hidden />
              CSV
            </a>
          </Button>
        ) : null
      }
    >
      {recipients.length > 0 ? (
        <DataTable
          label="Recipients"
          rows={recipients}
          rowKey={({ recipient }) => recipient}
          columns={[
            {
              header: "Recipient",
              cell: ({ recipient }) => (
                <span className="flex items-center gap-2">
                  <span className="truncate font-mono text-xs">
                    {recipient.slice(recipient.indexOf(":") + 1)}
                  </span>
                  <Badge>{recipientKind(recipient)}</Badge>
                </span>
              ),
            },
            { header: "Seen", className: TIME, cell: ({ seenAt }) => <When at={seenAt} /> },
            {
              header: "Clicked",
              className: TIME,
              cell: ({ clickedAt }) => <When at={clickedAt} />,
            },
            {
              header: "Dismissed",
              className: TIME,
              cell: ({ dismissedAt }) => <When at={dismissedAt} />,
            },
          ]}
        />
      ) : (
        <p className="flex items-center gap-2.5 px-4 py-6 text-ink-2 text-sm">
          <Users aria-hidden className="size-4 shrink-0 text-ink-3" />
          Recipients appear here a few seconds after they saw it.
        </p>
      )}
      {next ? (
        <div className="flex justify-end border-line border-t px-4 py-3">
          <Button asChild size="sm">
            <Link href={`/broadcasts/${id}?recipients=${encodeURIComponent(next)}`} scroll={false}>
              More
            </Link>
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

const TIME = "w-40 text-ink-2";

function When({ at }: { at: string | null }) {
  return at ? <RelativeTime at={Date.parse(at)} /> : <span className="text-ink-3">no</span>;
}
