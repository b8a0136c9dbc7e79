"use client";

import { KeyRound } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { DataTable } from "@/components/ui/data-table";
import { Empty } from "@/components/ui/empty";
import type { ApiKeyView } from "../api/people";
import { useWorkspaceApi } from "../api/use-api";
import { ConfirmDialog } from "../confirm-dialog";
import { ROLE_LABELS } from "../roles";
import { RelativeTime } from "../time";
import { useAction } from "../use-action";
import { useNow } from "../use-now";

export function ApiKeys({ keys }: { keys: readonly ApiKeyView[] }) {
  const [revoking, setRevoking] = useState<ApiKeyView | null>(null);
  const api = useWorkspaceApi();
  const { run, busy } = useAction();
  const now = useNow(60_000) ?? 0;
  if (keys.length === 0) {
    return (
      <Empty icon={KeyRound} title="No API keys">
        A key lets a program publish, clear and read here: a deploy script, a status page, the
        command line.
      </Empty>
    );
  }
  const isExpired = ({ expiresAt }: ApiKeyView) =>
    expiresAt !== null && Date.parse(expiresAt) <= now;
  return (
    <>
      <DataTable
        label="API keys"
        rows={keys}
        rowKey={({ id }) => id}
        columns={[
          {
            header: "Name",
            cell: ({ name, prefix }) => (
              <span className="grid">
                <span className="truncate font-medium">{name}</span>
                <span className="truncate font-mono text-ink-3 text-xs">{prefix}…</span>
              </span>
            ),
          },
          {
            header: "Role",
            className: "w-28 text-ink-2",
            cell: ({ role }) => ROLE_LABELS[role].label,
          },
          {
            header: "Last used",
            className: "w-36 text-ink-2",
            cell: ({ lastUsedAt }) =>
              lastUsedAt ? <RelativeTime at={Date.parse(lastUsedAt)} /> : "Never used",
          },
          {
            header: "Ends",
            className: "w-36 text-ink-2",
            desktopOnly: true,
            cell: ({ expiresAt, revokedAt }) => {
              const end = revokedAt ?? expiresAt;
              return end ? <RelativeTime at={Date.parse(end)} /> : "When revoked";
            },
          },
          {
            header: "Actions",
            headerHidden: true,
            className: "w-28 text-right",
            cell: (key) =>
              key.revokedAt !== null ? (
                <Badge>Revoked</Badge>
              ) : isExpired(key) ? (
                <Badge>Expired</Badge>
              ) : (
                <Button
                  size="sm"
                  aria-label={`Revoke ${key.name}`}
                  onClick={() => setRevoking(key)}
                >
                  Revoke
                </Button>
              ),
          },
        ]}
      />
      <ConfirmDialog
        open={revoking !== null}
        onOpenChange={(open) => !open && setRevoking(null)}
        title={`Revoke ${revoking?.name}?`}
        description="Programs that use it are refused at once, and what they have open is closed."
        label="Revoke key"
        busy={busy}
        onConfirm={async () => {
          if (revoking) await run("Not revoked", () => api.revokeKey(revoking.id));
          setRevoking(null);
        }}
      />
    </>
  );
}
