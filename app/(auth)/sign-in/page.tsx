import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { ownPath } from "@/app/_server/own-path";
import { signedIn, visitor } from "@/app/_server/who";
import { AuthCard } from "@/components/auth/auth-card";
import { NoWorkspace } from "@/components/auth/no-workspace";
import { SignInForm } from "@/components/auth/sign-in-form";
import { needsSetup } from "@/lib/auth/setup";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string | string[] }>;
}) {
  const next = ownPath((await searchParams).next);
  if (await visitor()) redirect(next);
  const login = await signedIn();
  if (login) return <NoWorkspace email={login.user.email} />;
  if (await needsSetup()) return <NotSetUp />;
  return (
    <AuthCard title="Sign in to Loudhailer" description="Use the account your team invited.">
      <SignInForm next={next} />
    </AuthCard>
  );
}

function NotSetUp() {
  return (
    <AuthCard
      title="Finish setting up"
      description="This installation has no owner yet. Open the set-up link that the server printed when it started; it works once."
    />
  );
}
