"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useWorkspaceApi } from "../api/use-api";
import { useDashboard } from "../context";
import { plural } from "../format";
import { switchWorkspace } from "../switch-workspace";
import { useAction } from "../use-action";

/** How much would go with the workspace. */
export interface DoomedContents {
  broadcasts: number;
  members: number;
  apiKeys: number;
}

/** For owners. @param contents null = this is the first workspace, which stays */
export function DeleteWorkspace({ contents }: { contents: DoomedContents | null }) {
  const [asking, setAsking] = useState(false);
  return (
    <Card
      title="Delete workspace"
      id="delete-workspace"
      className={contents ? "scroll-mt-20 border-alert-line" : "scroll-mt-20"}
    >
      <div className="flex flex-wrap items-center justify-between gap-4 px-4 py-5">
        <p className="max-w-[62ch] text-ink-2 text-sm">
          {contents
            ? "Ends the workspace for everybody: its banners leave every page, its keys and tokens stop working, and nothing of it can be brought back."
            : "This is the server’s first workspace. Its owners own the server, and pages that name no workspace show its banners, so it cannot be deleted."}
        </p>
        {contents ? (
          <Button look="danger" onClick={() => setAsking(true)}>
            Delete workspace
          </Button>
        ) : null}
      </div>
      {contents ? (
        <DeleteDialog open={asking} onOpenChange={setAsking} contents={contents} />
      ) : null}
    </Card>
  );
}

const FORM = "delete-workspace-form";

function DeleteDialog({
  open,
  onOpenChange,
  contents,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  contents: DoomedContents;
}) {
  const { workspace, workspaces } = useDashboard();
  const api = useWorkspaceApi();
  const { run, busy } = useAction();
  const [typed, setTyped] = useState("");
  const remove = () =>
    run("Not deleted", async () => {
      await api.deleteWorkspace();
      leave(workspaces.find(({ id }) => id !== workspace.id)?.slug);
    });
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Delete ${workspace.name}?`}
      description="This cannot be taken back. With the workspace go:"
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button
            type="submit"
            form={FORM}
            look="danger"
            busy={busy}
            disabled={typed.trim() !== workspace.slug}
          >
            Delete for good
          </Button>
        </>
      }
    >
      <ul className="nums list-disc pl-5 text-ink-2 text-sm">
        <li>
          {plural(contents.broadcasts, "broadcast", "broadcasts")}, with who saw and dismissed them
        </li>
        <li>the access of {plural(contents.members, "person", "people")}</li>
        <li>
          {plural(contents.apiKeys, "API key", "API keys")}, the token secrets and the settings
        </li>
      </ul>
      <form
        id={FORM}
        className="mt-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() === workspace.slug) void remove();
        }}
      >
        <Field
          label="Public name of the workspace"
          hint={
            <>
              Type <span className="font-mono text-ink">{workspace.slug}</span> to confirm.
            </>
          }
        >
          <Input
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            className="font-mono text-sm"
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}

/** To another workspace of theirs; without one, to where that is said. A full load. */
function leave(slug: string | undefined): void {
  if (slug === undefined) window.location.assign("/sign-in");
  else switchWorkspace(slug);
}
