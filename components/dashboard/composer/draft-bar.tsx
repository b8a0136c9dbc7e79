"use client";

import { CalendarClock, FlaskConical } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useFormContext, useWatch } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Shortcut } from "@/components/ui/shortcut";
import { toast } from "@/components/ui/toast";
import type { BroadcastView } from "@/core/api/broadcasts";
import { sentenceOf } from "../api/api-error";
import { useBroadcastApi } from "../api/use-api";
import { useCan, useDashboard } from "../context";
import { formatDateTime, plural } from "../format";
import { randomId } from "../random-id";
import { ActionBar } from "./action-bar";
import { PublishDialog } from "./publish-dialog";
import { SaveWords } from "./save-words";
import { useDraft } from "./use-draft";
import { useLeaveGuard } from "./use-leave-guard";
import { usePublishWords } from "./use-publish-words";
import type { Reach } from "./use-reach";
import { useSubmitShortcut } from "./use-submit-shortcut";
import { useTest } from "./use-test";
import type { ComposerValues } from "./values";

/** Saves the draft by itself; tests and publishes it. */
export function DraftBar({
  initial,
  reach,
  onSchedule,
}: {
  initial: BroadcastView | null;
  reach: Reach | null;
  /** Opens the section of times. */
  onSchedule: () => void;
}) {
  const form = useFormContext<ComposerValues>();
  const [replaces, startsAt] = useWatch<ComposerValues, ["replace", "startsAt"]>({
    name: ["replace", "startsAt"],
  });
  const draft = useDraft(form, initial, true);
  const { label, sentence } = usePublishWords(reach);
  const [asking, setAsking] = useState(false);
  const mayPublish = useCan("publish");
  const test = useTest(form);
  const publish = usePublish(draft.save);
  useAddressOf(draft.saved);

  const ask = form.handleSubmit(() => setAsking(true));
  useSubmitShortcut(() => {
    if (mayPublish && !asking) void ask();
  });
  const unsaved = draft.state.kind === "unsaved" || draft.state.kind === "failed";
  const guard = useLeaveGuard(unsaved && !publish.done, draft.save);

  const schedule = () => {
    flushSync(onSchedule);
    form.setFocus("startsAt");
  };

  return (
    <>
      <ActionBar status={<SaveWords state={draft.state} auto />}>
        <Button onClick={test.run} busy={test.busy}>
          <FlaskConical aria-hidden />
          Test to me
        </Button>
        {mayPublish && startsAt === "" ? (
          <Button onClick={schedule} className="max-sm:hidden">
            <CalendarClock aria-hidden />
            Schedule…
          </Button>
        ) : null}
        {mayPublish ? (
          <Button look="primary" onClick={ask} aria-keyshortcuts="Meta+Enter Control+Enter">
            {label}
            <Shortcut keys="↵" />
          </Button>
        ) : (
          <p className="text-ink-3 text-sm">A publisher can put this live.</p>
        )}
      </ActionBar>
      <PublishDialog
        open={asking}
        onOpenChange={setAsking}
        label={label}
        sentence={sentence}
        replaces={replaces}
        busy={publish.busy}
        onConfirm={async () => {
          if (!(await publish.run())) setAsking(false);
        }}
      />
      {guard}
    </>
  );
}

/** Once the draft exists, a reload comes back to it. */
function useAddressOf(saved: BroadcastView | null): void {
  const id = saved?.id;
  useEffect(() => {
    if (!id || !window.location.pathname.endsWith("/broadcasts/new")) return;
    window.history.replaceState(null, "", `/broadcasts/${id}/edit`);
  }, [id]);
}

function announce(broadcast: BroadcastView, connections: number, timeZone: string): void {
  const { status, startsAt } = broadcast;
  if (status === "scheduled" && startsAt !== null) {
    toast.success("Scheduled", {
      description: `Starts ${formatDateTime(Date.parse(startsAt), timeZone)}.`,
    });
    return;
  }
  toast.success("Published", {
    description: `On ${plural(connections, "open connection", "open connections")} now.`,
  });
}

function usePublish(save: () => Promise<BroadcastView>) {
  const api = useBroadcastApi();
  const { timeZone } = useDashboard().workspace;
  const router = useRouter();
  const [state, setState] = useState<"idle" | "busy" | "done">("idle");
  /** One key for the life of the composer: a retry after a lost answer publishes once. */
  const key = useRef("");

  const run = async (): Promise<boolean> => {
    setState("busy");
    try {
      key.current ||= randomId();
      const { id } = await save();
      const { broadcast, delivery } = await api.publish(id, key.current);
      setState("done");
      announce(broadcast, delivery.sentToUsers, timeZone);
      router.push(`/broadcasts/${id}`);
      return true;
    } catch (error) {
      setState("idle");
      toast.error("Not published", { description: sentenceOf(error) });
      return false;
    }
  };
  return { run, busy: state === "busy", done: state === "done" };
}
