"use client";

import { UserMinus } from "lucide-react";
import { startTransition, useOptimistic, useState } from "react";
import { Avatar } from "@/components/ui/avatar";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { DataTable } from "@/components/ui/data-table";
import { Select } from "@/components/ui/input";
import { Tooltip } from "@/components/ui/tooltip";
import { isRole, ROLES } from "@/core/roles";
import type { MemberView } from "../api/people";
import { useWorkspaceApi } from "../api/use-api";
import { ConfirmDialog } from "../confirm-dialog";
import { useCan, useDashboard } from "../context";
import { RoleOptions } from "../role-options";
import { ROLE_LABELS } from "../roles";
import { RelativeTime } from "../time";
import { useAction } from "../use-action";

/** The people of the workspace; roles change where they stand. */
export function Members({ members }: { members: readonly MemberView[] }) {
  const { user } = useDashboard();
  const [leaving, setLeaving] = useState<MemberView | null>(null);
  const api = useWorkspaceApi();
  const { run, busy } = useAction();
  const isSelf = leaving?.userId === user.id;

  const remove = async () => {
    if (!leaving) return;
    const done = await run("Not removed", () => api.removeMember(leaving.userId));
    if (done && isSelf) window.location.assign("/sign-in");
    setLeaving(null);
  };

  return (
    <>
      <DataTable
        label="Members"
        rows={members}
        rowKey={({ userId }) => userId}
        columns={[
          {
            header: "Person",
            cell: ({ name, email, userId }) => (
              <span className="flex items-center gap-3">
                <Avatar name={name} className="size-7" />
                <span className="grid min-w-0">
                  <span className="flex items-center gap-2 font-medium">
                    <span className="truncate">{name}</span>
                    {userId === user.id ? <Badge>You</Badge> : null}
                  </span>
                  <span className="truncate text-ink-3 text-xs">{email}</span>
                </span>
              </span>
            ),
          },
          {
            header: "Role",
            className: "w-48",
            cell: (member) => <RoleSelect member={member} />,
          },
          {
            header: "Joined",
            className: "w-36 text-ink-2",
            desktopOnly: true,
            cell: ({ joinedAt }) => <RelativeTime at={Date.parse(joinedAt)} />,
          },
          {
            header: "Remove",
            headerHidden: true,
            className: "w-16 text-right",
            cell: (member) => (
              <Button
                look="quiet"
                size="icon"
                aria-label={
                  member.userId === user.id ? "Leave this workspace" : `Remove ${member.name}`
                }
                onClick={() => setLeaving(member)}
              >
                <UserMinus aria-hidden />
              </Button>
            ),
          },
        ]}
      />
      <ConfirmDialog
        open={leaving !== null}
        onOpenChange={(open) => !open && setLeaving(null)}
        title={isSelf ? "Leave this workspace?" : `Remove ${leaving?.name}?`}
        description={
          isSelf
            ? "You will need a new invitation to come back."
            : "They are signed out of this workspace at once. What they wrote stays."
        }
        label={isSelf ? "Leave" : "Remove"}
        busy={busy}
        onConfirm={remove}
      />
    </>
  );
}

function RoleSelect({ member }: { member: MemberView }) {
  const api = useWorkspaceApi();
  const mayMakeOwners = useCan("own");
  const { run, busy } = useAction();
  // Shown at once, and taken back where the server refuses.
  const [role, showRole] = useOptimistic(member.role);
  const change = (chosen: string) => {
    if (!isRole(chosen)) return;
    startTransition(async () => {
      showRole(chosen);
      await run("Role not changed", () => api.changeRole(member.userId, chosen));
    });
  };
  if (member.role === "owner" && !mayMakeOwners) {
    return (
      <Tooltip content="Only an owner changes the role of an owner.">
        <span>{ROLE_LABELS.owner.label}</span>
      </Tooltip>
    );
  }
  return (
    <Select
      aria-label={`Role of ${member.name}`}
      value={role}
      disabled={busy}
      onChange={(event) => change(event.target.value)}
      className="max-w-40 [&_select]:h-8 [&_select]:text-sm"
    >
      <RoleOptions roles={ROLES.filter((each) => each !== "owner" || mayMakeOwners)} />
    </Select>
  );
}
