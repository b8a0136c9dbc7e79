"use client";

import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy";
import { DataTable } from "@/components/ui/data-table";
import { useHydrated } from "@/components/ui/use-hydrated";
import type { InvitationView } from "../api/people";
import { useWorkspaceApi } from "../api/use-api";
import { ROLE_LABELS } from "../roles";
import { RelativeTime } from "../time";
import { useAction } from "../use-action";

/** Invitations that may still be accepted. */
export function Invitations({ invitations }: { invitations: readonly InvitationView[] }) {
  return (
    <DataTable
      label="Invitations"
      rows={invitations}
      rowKey={({ id }) => id}
      columns={[
        {
          header: "Email",
          cell: ({ email }) => <span className="font-medium">{email}</span>,
        },
        {
          header: "Role",
          className: "w-32 text-ink-2",
          cell: ({ role }) => ROLE_LABELS[role].label,
        },
        {
          header: "Valid",
          className: "w-40 text-ink-2",
          cell: ({ expiresAt }) => (
            <>
              ends <RelativeTime at={Date.parse(expiresAt)} />
            </>
          ),
        },
        {
          header: "Actions",
          headerHidden: true,
          className: "w-56 text-right",
          cell: (invitation) => <Actions invitation={invitation} />,
        },
      ]}
    />
  );
}

function Actions({ invitation: { id, path } }: { invitation: InvitationView }) {
  const api = useWorkspaceApi();
  const { run, busy } = useAction();
  const origin = useHydrated() ? window.location.origin : "";
  return (
    <span className="inline-flex gap-2">
      <CopyButton text={origin + path} label="Copy link" />
      <Button
        size="sm"
        look="quiet"
        busy={busy}
        onClick={() => run("Not withdrawn", () => api.cancelInvitation(id))}
      >
        Withdraw
      </Button>
    </span>
  );
}
