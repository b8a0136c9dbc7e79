"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { useBroadcastApi } from "../api/use-api";
import { showAsCleared } from "../clearing";
import { ConfirmDialog } from "../confirm-dialog";
import { useCan } from "../context";
import { plural } from "../format";
import { useAction } from "../use-action";

/** Takes everything that is live off every screen, after asking. @param ids what is live */
export function ClearAllButton({ ids }: { ids: readonly string[] }) {
  const api = useBroadcastApi();
  const { run, busy } = useAction();
  const [asking, setAsking] = useState(false);
  if (!useCan("publish")) return null;
  const clear = async () => {
    const takeBack = showAsCleared(ids);
    setAsking(false);
    const done = await run("Not cleared", async () => {
      const { broadcasts } = await api.clearAll();
      toast.success(`Cleared ${plural(broadcasts.length, "broadcast", "broadcasts")}`);
    });
    if (!done) takeBack();
  };
  return (
    <>
      <Button look="quiet" size="sm" onClick={() => setAsking(true)}>
        Clear all
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Clear everything that is live?"
        description="Every banner leaves every screen at once. What is scheduled still starts."
        label="Clear all"
        busy={busy}
        onConfirm={clear}
      />
    </>
  );
}
