"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { toast } from "@/components/ui/toast";
import { useWorkspaceApi } from "../api/use-api";
import { ConfirmDialog } from "../confirm-dialog";
import { useAction } from "../use-action";

/** Takes every banner off every page at once ([CLI7]). */
export function OffSwitch({ enabled }: { enabled: boolean }) {
  const [asking, setAsking] = useState(false);
  const api = useWorkspaceApi();
  const { run, busy } = useAction();
  const set = async (embedEnabled: boolean) => {
    const done = await run("Not switched", () => api.changeSettings({ embedEnabled }));
    if (done) toast.success(embedEnabled ? "Banners are on" : "Banners are off");
    setAsking(false);
  };
  return (
    <Card title="Off switch" id="off-switch" className="scroll-mt-20">
      <div className="flex flex-wrap items-center justify-between gap-4 px-4 py-5">
        <p className="max-w-[62ch] text-ink-2 text-sm">
          {enabled
            ? "Takes Loudhailer off every page at once: the embed stays silent and sockets are closed until you switch it on again."
            : "Banners are off everywhere. Pages that embed Loudhailer show nothing."}
        </p>
        {enabled ? (
          <Button look="danger" onClick={() => setAsking(true)}>
            Switch banners off
          </Button>
        ) : (
          <Button look="primary" busy={busy} onClick={() => set(true)}>
            Switch banners on
          </Button>
        )}
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Switch banners off?"
        description="Every banner leaves every page now. What is live stays live, and comes back when you switch banners on."
        label="Switch banners off"
        busy={busy}
        onConfirm={() => set(false)}
      />
    </Card>
  );
}
