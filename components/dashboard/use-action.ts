"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "@/components/ui/toast";
import { sentenceOf } from "./api/api-error";

/**
 * Runs a call that changes something: busy meanwhile, then the page's data anew; where it fails,
 * a toast says that it did and why.
 */
export function useAction() {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const run = async (failed: string, act: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    try {
      await act();
      router.refresh();
      return true;
    } catch (error) {
      toast.error(failed, { description: sentenceOf(error) });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { run, busy };
}
