"use client";

import { Download, SearchX, Users } from "lucide-react";
import { usePathname, useRouter } from "next/navigation";
import { useRef, useTransition } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { Input } from "@/components/ui/input";
import { Link } from "@/components/ui/link";
import { Spinner } from "@/components/ui/spinner";
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

export interface RecipientsProps {
  id: string;
  workspace: string;
  recipients: readonly RecipientRow[];
  /** How an id begins that is looked for; empty: all. */
  search: string;
  /** Cursor of the following page. */
  next: string | null;
}

/** Who did what with it, searched by the beginning of an id; all of it as CSV. */
export function Recipients({ id, workspace, recipients, search, next }: RecipientsProps) {
  const path = usePathname();
  const isEmpty = recipients.length === 0 && search === "";
  const more = new URLSearchParams({
    ...(search && { recipient: search }),
    recipients: next ?? "",
  });
  return (
    <Card
      title="Recipients"
      aside={
        isEmpty ? null : (
          <div className="flex items-center gap-2 max-sm:w-full">
            <RecipientSearch search={search} />
            <Button asChild size="md">
              <a
                href={`/api/v1/broadcasts/${id}/receipts.csv?${new URLSearchParams({ workspace })}`}
                download
              >
                <Download aria-hidden />
                CSV
              </a>
            </Button>
          </div>
        )
      }
    >
      {recipients.length > 0 ? (
        <DataTable
          label="Recipients"
          rows={recipients}
          rowKey={({ recipient }) => recipient}
          columns={COLUMNS}
        />
      ) : (
        <p className="flex items-center gap-2.5 px-4 py-6 text-ink-2 text-sm">
          {isEmpty ? (
            <>
              <Users aria-hidden className="size-4 shrink-0 text-ink-3" />
              Recipients appear here a few seconds after they saw it.
            </>
          ) : (
            <>
              <SearchX aria-hidden className="size-4 shrink-0 text-ink-3" />
              {`Nobody who received it has an id that begins with “${search}”.`}
            </>
          )}
        </p>
      )}
      {next ? (
        <div className="flex justify-end border-line border-t px-4 py-3">
          <Button asChild size="sm">
            <Link href={`${path}?${more}`} scroll={false}>
              More
            </Link>
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

const SETTLE_MS = 250;

function RecipientSearch({ search }: { search: string }) {
  const router = useRouter();
  const path = usePathname();
  const [pending, start] = useTransition();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const look = (text: string) => {
    clearTimeout(timer.current);
    const query = text ? `?${new URLSearchParams({ recipient: text })}` : "";
    timer.current = setTimeout(
      () => start(() => router.replace(path + query, { scroll: false })),
      SETTLE_MS,
    );
  };
  return (
    <div className="relative max-sm:flex-1">
      <Input
        type="search"
        aria-label="Find a recipient"
        placeholder="Id begins with"
        defaultValue={search}
        onChange={(event) => look(event.target.value.trim())}
        className="h-8 text-sm sm:w-48"
      />
      {pending ? <Spinner className="absolute top-2 right-2 text-ink-3" /> : null}
    </div>
  );
}

const TIME = "w-40 text-ink-2";

const COLUMNS: readonly Column<RecipientRow>[] = [
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
  {
    header: "Seen",
    className: TIME,
    labelOnPhone: true,
    cell: ({ seenAt }) => <When at={seenAt} />,
  },
  {
    header: "Clicked",
    className: TIME,
    labelOnPhone: true,
    cell: ({ clickedAt }) => <When at={clickedAt} />,
  },
  {
    header: "Dismissed",
    className: TIME,
    labelOnPhone: true,
    cell: ({ dismissedAt }) => <When at={dismissedAt} />,
  },
];

function When({ at }: { at: string | null }) {
  if (at) return <RelativeTime at={Date.parse(at)} />;
  return (
    <>
      <span aria-hidden className="text-ink-3">
        –
      </span>
      <span className="sr-only">no</span>
    </>
  );
}
