import type { Metadata } from "next";
import { visitorWho } from "@/app/_server/who";
import { NotAllowed } from "@/components/dashboard/not-allowed";
import { Page } from "@/components/dashboard/page";
import { Invitations } from "@/components/dashboard/team/invitations";
import { InviteButton } from "@/components/dashboard/team/invite-button";
import { Members } from "@/components/dashboard/team/members";
import { Roles } from "@/components/dashboard/team/roles";
import { Card } from "@/components/ui/card";
import { toInvitationView, toMemberView } from "@/lib/http/views";
import { runtime } from "@/lib/runtime-context";
import { listInvitations } from "@/lib/team/invitations";
import { listMembers } from "@/lib/team/members";

export const metadata: Metadata = { title: "Team" };

export default async function TeamPage() {
  const visitor = await visitorWho("manage", "/team");
  if (!visitor) return <NotAllowed what="manage the team" />;
  const { ctx } = visitor;
  const [members, invitations] = await Promise.all([listMembers(ctx), listInvitations(ctx)]);
  const now = runtime().feed.now();
  const open = invitations.filter(
    ({ status, expiresAt }) => status === "pending" && expiresAt > now,
  );
  return (
    <Page
      title="Team"
      description="Who writes to your audience, and how far each of them may go."
      actions={<InviteButton />}
      className="grid gap-6"
    >
      <Card title="Members">
        <Members members={members.map(toMemberView)} />
      </Card>
      {open.length > 0 ? (
        <Card title="Open invitations">
          <Invitations invitations={open.map(toInvitationView)} />
        </Card>
      ) : null}
      <Card title="Roles">
        <Roles />
      </Card>
    </Page>
  );
}
