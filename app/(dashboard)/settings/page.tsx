import type { Metadata } from "next";
import { ownOrigin } from "@/app/_server/origin";
import { visitorWho } from "@/app/_server/who";
import { NotAllowed } from "@/components/dashboard/not-allowed";
import { Page } from "@/components/dashboard/page";
import { DeleteWorkspace } from "@/components/dashboard/settings/delete-workspace";
import { EmbedSnippets } from "@/components/dashboard/settings/embed-snippets";
import { LimitsCard } from "@/components/dashboard/settings/limits-card";
import { OffSwitch } from "@/components/dashboard/settings/off-switch";
import { SettingsForm } from "@/components/dashboard/settings/settings-form";
import { TokenSecrets } from "@/components/dashboard/settings/token-secrets";
import { Card } from "@/components/ui/card";
import { isoOf } from "@/core/api/time";
import { can } from "@/core/roles";
import { listTokenSecrets } from "@/lib/auth/token-secret";
import { runtime } from "@/lib/runtime-context";
import { isDeletable, workspaceContents } from "@/lib/team/delete-workspace";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const visitor = await visitorWho("manage", "/settings");
  if (!visitor) return <NotAllowed what="change settings" />;
  const { ctx, role, workspace } = visitor;
  const secrets = can(role, "own") ? await listTokenSecrets(ctx) : null;
  const { limits, sessionTtlS, sessionStreamMode } = runtime().env;
  return (
    <Page
      title="Settings"
      description={
        <>
          For the workspace <span className="font-mono">{workspace.slug}</span>
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
      ) : (
        <Card title="Token secrets" description="Your product signs user tokens with one of these.">
          <p className="px-4 py-5 text-ink-2 text-sm">
            Only an owner of this workspace sees and rotates them.
          </p>
        </Card>
      )}
      <LimitsCard {...{ limits, sessionTtlS, sessionStreamMode }} />
      <OffSwitch enabled={workspace.settings.embedEnabled} />
      {can(role, "own") ? (
        <DeleteWorkspace contents={isDeletable(workspace) ? await workspaceContents(ctx) : null} />
      ) : null}
    </Page>
  );
}
