import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { visitor } from "@/app/_server/who";
import { DemoStage } from "@/components/dashboard/demo/demo-stage";
import { can } from "@/core/roles";
import { runtime } from "@/lib/runtime-context";

export const metadata: Metadata = { title: "Demo" };

/** Of an installation: what visitors without a dashboard account see here. */
const FIRST_WORKSPACE = "default";

export default async function DemoPage() {
  if (!runtime().env.demo) notFound();
  const found = await visitor();
  return (
    <DemoStage
      workspace={found?.workspace.slug ?? FIRST_WORKSPACE}
      publisher={found && can(found.role, "publish") ? found.user.name : null}
      signedIn={found !== null}
    />
  );
}
