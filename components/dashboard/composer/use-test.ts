"use client";

import { useState } from "react";
import type { UseFormReturn } from "react-hook-form";
import { toast } from "@/components/ui/toast";
import { sentenceOf } from "../api/api-error";
import { useBroadcastApi } from "../api/use-api";
import { type ComposerValues, inputOf } from "./values";

/** Shows the form as it stands on the author's own screens alone ([BC9]). */
export function useTest(form: UseFormReturn<ComposerValues>): { run: () => void; busy: boolean } {
  const api = useBroadcastApi();
  const [busy, setBusy] = useState(false);
  const run = form.handleSubmit(async (values) => {
    setBusy(true);
    try {
      await api.test(inputOf(values));
      toast.success("Shown to you alone", {
        description: "On every dashboard page you have open, for 15 minutes.",
      });
    } catch (error) {
      toast.error("Not shown", { description: sentenceOf(error) });
    } finally {
      setBusy(false);
    }
  });
  return { run: () => void run(), busy };
}
