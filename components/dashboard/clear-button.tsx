"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { sentenceOf } from "./api/api-error";
import { useBroadcastApi } from "./api/use-api";
import { showAsCleared } from "./clearing";
import { useCan } from "./context";
import { randomId } from "./random-id";

const UNDO_MS = 10_000;

/**
 * Takes a broadcast off every screen at once; the dashboard shows it as cleared without waiting,
 * and takes that back where the server refuses. What is cleared stays cleared; undoing publishes
 * the same words as a new broadcast.
 */
export function ClearButton({
  id,
  size = "sm",
  label = "Clear",
  className,
}: {
  id: string;
  size?: "sm" | "md";
  label?: string;
  className?: string;
}) {
  const api = useBroadcastApi();
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  if (!useCan("publish")) return null;

  const undo = async () => {
    try {
      const { id: copy } = await api.duplicate(id);
      await api.publish(copy, randomId());
      toast.success("Live again", { description: "As a new broadcast with the same words." });
      router.refresh();
    } catch (error) {
      toast.error("Not published again", { description: sentenceOf(error) });
    }
  };
  const clear = async () => {
    setBusy(true);
    const takeBack = showAsCleared([id]);
    try {
      await api.clear(id);
      toast.success("Cleared from every screen", {
        duration: UNDO_MS,
        action: { label: "Undo", onClick: () => void undo() },
      });
      router.refresh();
    } catch (error) {
      takeBack();
      toast.error("Not cleared", { description: sentenceOf(error) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button size={size} busy={busy} onClick={clear} className={className}>
      {label}
    </Button>
  );
}
