"use client";

import { useState } from "react";
import { signOut } from "@/components/dashboard/sign-out";
import { Button } from "@/components/ui/button";
import { AuthCard } from "./auth-card";

/** Signed in, and a member of nothing: removed, or the workspace was deleted. */
export function NoWorkspace({ email }: { email: string }) {
  const [leaving, setLeaving] = useState(false);
  return (
    <AuthCard
      title="You are in no workspace"
      description={
        <>
          You are signed in as <span className="break-words text-ink">{email}</span>, but the
          workspace you were in was deleted, or you were taken out of it. An invitation from its
          owner lets you in again.
        </>
      }
    >
      <Button
        size="lg"
        className="w-full"
        busy={leaving}
        onClick={() => {
          setLeaving(true);
          signOut().catch(() => setLeaving(false));
        }}
      >
        Sign out
      </Button>
    </AuthCard>
  );
}
