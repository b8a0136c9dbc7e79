"use client";

import { Archive, Copy, Ellipsis, Pencil, RefreshCw } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Link } from "@/components/ui/link";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import type { BroadcastView } from "@/core/api/broadcasts";
import { sentenceOf } from "../api/api-error";
import { useBroadcastApi } from "../api/use-api";
import { ClearButton } from "../clear-button";
import { useCan } from "../context";

/** What can be done with one broadcast, by its status and the visitor's role. */
export function BroadcastActions({ broadcast }: { broadcast: BroadcastView }) {
  const { id, status, audience } = broadcast;
  const mayDraft = useCan("draft");
  const mayPublish = useCan("publish");
  const { run, busy } = useAction();
  const api = useBroadcastApi();
  const router = useRouter();
  const [asking, setAsking] = useState<"archive" | "reset" | null>(null);
  const isTest = audience?.only !== undefined;
  const isOut = status === "live" || status === "scheduled";
  const mayArchive = status !== "archived" && (status === "draft" ? mayDraft : mayPublish);

  const duplicate = () =>
    run("Not duplicated", async () => {
      const copy = await api.duplicate(id);
      router.push(`/broadcasts/${copy.id}/edit`);
    });
  const archive = () =>
    run("Not archived", async () => {
      await api.archive(id);
      toast.success("Archived");
      router.push("/broadcasts");
      router.refresh();
    });
  const reset = () =>
    run("Not shown again", async () => {
      await api.reset(id);
      toast.success("Shown again to everyone");
      setAsking(null);
      router.refresh();
    });

  if (!mayDraft) return null;
  return (
    <>
      {isOut && mayPublish && !isTest ? (
        <Button asChild>
          <Link href={`/broadcasts/${id}/edit`}>
            <Pencil aria-hidden />
            Edit
          </Link>
        </Button>
      ) : null}
      <Button onClick={duplicate} busy={busy}>
        <Copy aria-hidden />
        Duplicate
      </Button>
      {isOut ? (
        <ClearButton id={id} size="md" label={status === "scheduled" ? "Cancel start" : "Clear"} />
      ) : null}
      {mayArchive ? (
        <Menu>
          <MenuTrigger asChild>
            <Button size="icon" aria-label="More">
              <Ellipsis aria-hidden />
            </Button>
          </MenuTrigger>
          <MenuContent>
            {isOut && mayPublish && !isTest ? (
              <MenuItem onSelect={() => setAsking("reset")}>
                <RefreshCw aria-hidden />
                Show again to everyone
              </MenuItem>
            ) : null}
            <MenuItem onSelect={() => setAsking("archive")}>
              <Archive aria-hidden />
              Archive
            </MenuItem>
          </MenuContent>
        </Menu>
      ) : null}
      <Dialog
        open={asking === "reset"}
        onOpenChange={(open) => !open && setAsking(null)}
        title="Show again to everyone?"
        description="Everyone who dismissed it sees it once more. Figures start anew."
        footer={
          <>
            <Button onClick={() => setAsking(null)}>Cancel</Button>
            <Button look="primary" busy={busy} onClick={reset}>
              Show again
            </Button>
          </>
        }
      />
      <Dialog
        open={asking === "archive"}
        onOpenChange={(open) => !open && setAsking(null)}
        title="Archive this broadcast?"
        description={
          isOut
            ? "It leaves every screen and moves to the archive. It cannot be published again, only duplicated."
            : "It moves to the archive. It can still be duplicated."
        }
        footer={
          <>
            <Button onClick={() => setAsking(null)}>Cancel</Button>
            <Button look="danger" busy={busy} onClick={archive}>
              Archive
            </Button>
          </>
        }
      />
    </>
  );
}

function useAction() {
  const [busy, setBusy] = useState(false);
  const run = async (failed: string, act: () => Promise<void>) => {
    setBusy(true);
    try {
      await act();
    } catch (error) {
      toast.error(failed, { description: sentenceOf(error) });
    } finally {
      setBusy(false);
    }
  };
  return { run, busy };
}
