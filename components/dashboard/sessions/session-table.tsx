"use client";

import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { DataTable } from "@/components/ui/data-table";
import { Link } from "@/components/ui/link";
import { plural } from "../format";
import { RelativeTime } from "../time";
import { clientWords } from "./client-words";
import { recipientKind } from "./recipient";

export interface SessionRow {
  id: string;
  recipient: string;
  name: string | null;
  locale: string | null;
  client: string | null;
  /** ISO 8601. */
  firstSeenAt: string;
  lastSeenAt: string;
  workerId: string;
  connections: number;
}

export function SessionTable({ sessions }: { sessions: readonly SessionRow[] }) {
  return (
    <DataTable
      label="Sessions"
      rows={sessions}
      rowKey={({ id }) => id}
      columns={[
        {
          header: "Recipient",
          cell: ({ id, name, recipient }) => (
            <span className="grid">
              <span className="flex items-center gap-2">
                <Link
                  href={`/sessions/${id}`}
                  className="truncate font-medium after:absolute after:inset-0"
                >
                  {name ?? recipient.slice(recipient.indexOf(":") + 1)}
                </Link>
                <Badge>{recipientKind(recipient)}</Badge>
              </span>
              <span className="truncate font-mono text-ink-3 text-xs">{id}</span>
            </span>
          ),
        },
        {
          header: "State",
          className: "w-44",
          cell: ({ connections }) => (
            <span className="inline-flex items-center gap-2 text-ink-2">
              <span
                aria-hidden
                className={cn("size-2 rounded-full", connections > 0 ? "bg-live" : "bg-ink-off")}
              />
              {connections > 0 ? plural(connections, "connection", "connections") : "Away"}
            </span>
          ),
        },
        {
          header: "Client",
          className: "w-48 text-ink-2",
          desktopOnly: true,
          cell: ({ client, locale }) => [clientWords(client), locale].filter(Boolean).join(" · "),
        },
        {
          header: "First seen",
          className: "w-36 text-ink-2",
          desktopOnly: true,
          cell: ({ firstSeenAt }) => <RelativeTime at={Date.parse(firstSeenAt)} />,
        },
        {
          header: "Last seen",
          className: "w-36 text-ink-2",
          cell: ({ connections, lastSeenAt }) =>
            connections > 0 ? "now" : <RelativeTime at={Date.parse(lastSeenAt)} />,
        },
      ]}
    />
  );
}
