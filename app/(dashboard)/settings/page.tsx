import type { Metadata } from "next";
import { ownOrigin } from "@/app/_server/origin";
import { visitorWho } from "@/app/_server/who";
import { NotAllowed } from "@/components/dashboard/not-allowed";
import { Page } from "@/components/dashboard/page";
import { EmbedSnippets } from "@/components/dashboard/settings/embed-snippets";
import { OffSwitch } from "@/components/dashboard/settings/off-switch";
import { SettingsForm } from "@/components/dashboard/settings/settings-form";
import { TokenSecrets } from "@/components/dashboard/settings/token-secrets";
import { isoOf } from "@/core/api/time";
import { can } from "@/core/roles";
import { listTokenSecrets } from "@/lib/auth/token-secret";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const visitor = await visitorWho("manage", "/settings");
  if (!visitor) return <NotAllowed what="change settings" />;
  const { ctx, role, workspace } = visitor;
  const secrets = can(role, "own") ? await listTokenSecrets(ctx) : null;
  return (
    <Page
      title="Settings"
      description={
        <>
          Of the workspace <span className="font-mono">{workspace.slug}</span>
        </>
      }
      className="grid gap-6"
    >
      <EmbedSnippets origin={await ownOrigin()} />
      <SettingsForm settings={workspace.settings} />
      {secrets ? (
        <TokenSecrets
          secrets={secrets.map(({ createdAt, ...secret }) => ({
            ...secret,
            createdAt: isoOf(createdAt),
          }))}
        />
      ) : null}
      <OffSwitch enabled={workspace.settings.embedEnabled} />
    </Page>
  );
}
