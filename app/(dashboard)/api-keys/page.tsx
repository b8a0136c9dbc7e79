import type { Metadata } from "next";
import { visitorWho } from "@/app/_server/who";
import { ApiKeys } from "@/components/dashboard/keys/api-keys";
import { CreateKeyButton } from "@/components/dashboard/keys/create-key-button";
import { NotAllowed } from "@/components/dashboard/not-allowed";
import { Page } from "@/components/dashboard/page";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Link } from "@/components/ui/link";
import { listApiKeys } from "@/lib/auth/api-key";
import { toApiKeyView } from "@/lib/http/views";

export const metadata: Metadata = { title: "API keys" };

export default async function ApiKeysPage() {
  const visitor = await visitorWho("manage", "/api-keys");
  if (!visitor) return <NotAllowed what="manage API keys" />;
  const keys = (await listApiKeys(visitor.ctx)).map(toApiKeyView);
  return (
    <Page
      title="API keys"
      description="For programs. A key has a role, as a person has, and never an owner's."
      actions={
        <>
          <Button asChild>
            <Link href="/docs/api">API reference</Link>
          </Button>
          <CreateKeyButton />
        </>
      }
    >
      <Card aria-label="API keys">
        <ApiKeys keys={keys} />
      </Card>
    </Page>
  );
}
