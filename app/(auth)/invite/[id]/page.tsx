import type { Metadata } from "next";
import Link from "next/link";
import { AuthCard } from "@/components/auth/auth-card";
import { InviteForm } from "@/components/auth/invite-form";
import { ROLE_LABELS } from "@/components/dashboard/roles";
import { Button } from "@/components/ui/button";
import { isAppError } from "@/core/errors";
import { type OpenInvitation, viewInvitation } from "@/lib/team/accept-invitation";
import { accept } from "./actions";

export const metadata: Metadata = {
  title: "Join",
  // Whoever has the address may accept.
  referrer: "no-referrer",
};

export default async function InvitePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const invitation = await openInvitation(id);
  if (!invitation) {
    return (
      <AuthCard
        title="This invitation is over"
        description="It was used, withdrawn, or is older than 7 days. Ask whoever invited you for a new one."
      >
        <Button asChild size="lg">
          <Link href="/sign-in">Sign in instead</Link>
        </Button>
      </AuthCard>
    );
  }
  const { workspaceName, inviterName, email, role, hasAccount } = invitation;
  return (
    <AuthCard
      title={`Join ${workspaceName}`}
      description={`${inviterName} invited you as ${ROLE_LABELS[role].label.toLowerCase()}.`}
    >
      <InviteForm id={id} email={email} hasAccount={hasAccount} action={accept} />
    </AuthCard>
  );
}

async function openInvitation(id: string): Promise<OpenInvitation | null> {
  try {
    return await viewInvitation(id);
  } catch (error) {
    if (isAppError(error) && error.code === "not_found") return null;
    throw error;
  }
}
