"use client";

import { Eye, EyeOff, Plus } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy";
import type { TokenSecretView } from "../api/people";
import { useWorkspaceApi } from "../api/use-api";
import { ConfirmDialog } from "../confirm-dialog";
import { RelativeTime } from "../time";
import { useAction } from "../use-action";

const MOST = 2;

/** The secrets that user tokens are signed with: two at most, while the product changes over. */
export function TokenSecrets({ secrets }: { secrets: readonly TokenSecretView[] }) {
  const api = useWorkspaceApi();
  const { run, busy } = useAction();
  const [revoking, setRevoking] = useState<string | null>(null);
  return (
    <Card
      title="Token secrets"
      description="Your product signs user tokens with one of these (HS256). To rotate: add a second, sign with it, then revoke the first."
      aside={
        secrets.length < MOST ? (
          <Button size="sm" busy={busy} onClick={() => run("Not added", () => api.addSecret())}>
            <Plus aria-hidden />
            Add a second
          </Button>
        ) : null
      }
    >
      <ul className="divide-y divide-line">
        {secrets.map((secret, index) => (
          <Secret
            key={secret.id}
            secret={secret}
            newest={index === 0 && secrets.length > 1}
            onRevoke={secrets.length > 1 ? () => setRevoking(secret.id) : undefined}
          />
        ))}
      </ul>
      <ConfirmDialog
        open={revoking !== null}
        onOpenChange={(open) => !open && setRevoking(null)}
        title="Revoke this secret?"
        description="Tokens signed with it are refused at once, and whoever came with one is disconnected."
        label="Revoke secret"
        busy={busy}
        onConfirm={async () => {
          if (revoking) await run("Not revoked", () => api.revokeSecret(revoking));
          setRevoking(null);
        }}
      />
    </Card>
  );
}

function Secret({
  secret: { secret, createdAt },
  newest,
  onRevoke,
}: {
  secret: TokenSecretView;
  newest: boolean;
  onRevoke: (() => void) | undefined;
}) {
  const [shown, setShown] = useState(false);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="truncate font-mono text-xs">
          {shown ? secret : `${secret.slice(0, 8)}${"•".repeat(24)}`}
        </p>
        <p className="mt-0.5 flex items-center gap-2 text-ink-3 text-xs">
          <span>
            added <RelativeTime at={Date.parse(createdAt)} />
          </span>
          {newest ? <Badge>Newest</Badge> : null}
        </p>
      </div>
      <div className="flex gap-2">
        <Button size="sm" onClick={() => setShown(!shown)} aria-pressed={shown}>
          {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
          {shown ? "Hide" : "Show"}
        </Button>
        <CopyButton text={secret} />
        {onRevoke ? (
          <Button size="sm" onClick={onRevoke}>
            Revoke
          </Button>
        ) : null}
      </div>
    </li>
  );
}
