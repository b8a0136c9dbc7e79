import type { Metadata } from "next";
import Link from "next/link";
import { AuthCard } from "@/components/auth/auth-card";
import { SetupForm } from "@/components/auth/setup-form";
import { Button } from "@/components/ui/button";
import { needsSetup } from "@/lib/auth/setup";
import { setUp } from "./actions";

export const metadata: Metadata = {
  title: "Set up",
  // The address carries the one-time token.
  referrer: "no-referrer",
};

export default async function SetupPage({
  searchParams,
}: {
  searchParams: Promise<{ token?: string | string[] }>;
}) {
  if (!(await needsSetup())) return <AlreadySetUp />;
  const { token } = await searchParams;
  if (typeof token !== "string" || token === "") return <NoToken />;
  return (
    <AuthCard
      title="Set up Loudhailer"
      description="Name the workspace and make its owner. This takes a minute, once."
    >
      <SetupForm token={token} action={setUp} />
    </AuthCard>
  );
}

function AlreadySetUp() {
  return (
    <AuthCard
      title="Already set up"
      description="This installation has an owner. Sign in, or ask them for an invitation."
    >
      <Button asChild look="primary" size="lg" className="w-full">
        <Link href="/sign-in">Sign in</Link>
      </Button>
    </AuthCard>
  );
}

function NoToken() {
  return (
    <AuthCard
      title="Open the whole link"
      description="The set-up link ends in a token. Copy all of it from where the server printed it when it started."
    />
  );
}
