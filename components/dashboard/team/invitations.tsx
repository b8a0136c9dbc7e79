"use client";

import { startTransition, useOptimistic } from "react";
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
  const api = useWorkspaceApi();
  const { run } = useAction();
  // Gone at once, and back where the server refuses.
  const [shown, hide] = useOptimistic(invitations, (present, gone: string) =>
    present.filter(({ id }) => id !== gone),
  );
  const withdraw = (id: string) =>
    startTransition(async () => {
      hide(id);
      await run("Not withdrawn", () => api.cancelInvitation(id));
    });
  return (
    <DataTable
      label="Invitations"
      rows={shown}
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
          cell: (invitation) => (
            <Actions invitation={invitation} onWithdraw={() => withdraw(invitation.id)} />
          ),
        },
      ]}
    />
  );
}

function Actions({
  invitation: { email, path },
  onWithdraw,
}: {
  invitation: InvitationView;
  onWithdraw: () => void;
}) {
  const origin = useHydrated() ? window.location.origin : "";
  return (
    <span className="inline-flex gap-2">
      <CopyButton text={origin + path} label="Copy link" />
      <Button
        size="sm"
        look="quiet"
        aria-label={`Withdraw the invitation of ${email}`}
        onClick={onWithdraw}
      >
        Withdraw
      </Button>
    </span>
  );
}
