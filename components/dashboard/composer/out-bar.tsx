"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { useFormContext } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Shortcut } from "@/components/ui/shortcut";
import { toast } from "@/components/ui/toast";
import type { BroadcastView } from "@/core/api/broadcasts";
import { ApiError, sentenceOf } from "../api/api-error";
import { useBroadcastApi } from "../api/use-api";
import { ActionBar } from "./action-bar";
import { SaveChangesDialog } from "./save-changes-dialog";
import { SaveWords } from "./save-words";
import { useDraft } from "./use-draft";
import { useLeaveGuard } from "./use-leave-guard";
import { usePublishWords } from "./use-publish-words";
import type { Reach } from "./use-reach";
import { useSubmitShortcut } from "./use-submit-shortcut";
import { useTest } from "./use-test";
import { type ComposerValues, inputOf } from "./values";

/** Changes what is out already: never by itself, and with the choice to show it again ([BC5]). */
export function OutBar({ broadcast, reach }: { broadcast: BroadcastView; reach: Reach | null }) {
  const form = useFormContext<ComposerValues>();
  const api = useBroadcastApi();
  const router = useRouter();
  const { state } = useDraft(form, broadcast, false);
  const { sentence } = usePublishWords(reach);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const test = useTest(form);
  const changed = state.kind !== "clean";
  const guard = useLeaveGuard(changed && !done);

  const ask = form.handleSubmit(() => setAsking(true));
  useSubmitShortcut(() => {
    if (changed && !asking) void ask();
  });

  const save = async (show: "silent" | "again") => {
    setBusy(true);
    try {
      await api.edit(broadcast.id, broadcast.revision, { ...inputOf(form.getValues()), show });
      setDone(true);
      toast.success("Changes saved", {
        description: show === "again" ? "Shown again to everyone." : "Dismissals stand.",
      });
      router.push(`/broadcasts/${broadcast.id}`);
      router.refresh();
    } catch (error) {
      setAsking(false);
      toast.error("Not saved", { description: words(error) });
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <ActionBar status={<SaveWords state={state} auto={false} />}>
        <Button onClick={test.run} busy={test.busy}>
          Test to me
        </Button>
        <Button
          look="primary"
          onClick={ask}
          disabled={!changed}
          aria-keyshortcuts="Meta+Enter Control+Enter"
        >
          Save changes
          <Shortcut keys="↵" />
        </Button>
      </ActionBar>
      <SaveChangesDialog
        open={asking}
        onOpenChange={setAsking}
        sentence={sentence}
        busy={busy}
        onSave={save}
      />
      {guard}
    </>
  );
}

function words(error: unknown): string {
  const conflict = error instanceof ApiError && error.code === "revision_conflict";
  return conflict
    ? `${error.message} Copy what you wrote, reload, and make your change there.`
    : sentenceOf(error);
}
