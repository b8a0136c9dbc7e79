"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormButtons } from "@/components/ui/form-buttons";
import { Input } from "@/components/ui/input";
import { createWorkspaceInput } from "@/core/api/people";
import { workspaceApi } from "./api/people";
import { switchWorkspace } from "./switch-workspace";
import { useAction } from "./use-action";

/** The one whose owners may make others. */
const FIRST_WORKSPACE = "default";
const MAX_SLUG = 48;

/** Makes a further workspace and opens it. */
export function NewWorkspaceDialog({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New workspace"
      description="An audience of its own, with its own team, keys and settings. You will own it."
    >
      <NewWorkspaceForm onCancel={() => onOpenChange(false)} />
    </Dialog>
  );
}

function NewWorkspaceForm({ onCancel }: { onCancel: () => void }) {
  const { run, busy } = useAction();
  const form = useForm({
    resolver: zodResolver(createWorkspaceInput),
    defaultValues: { name: "", slug: "" },
  });
  const { errors, dirtyFields } = form.formState;
  const name = form.register("name", {
    onChange: ({ target }: { target: { value: string } }) => {
      if (!dirtyFields.slug) form.setValue("slug", slugOf(target.value));
    },
  });
  const submit = form.handleSubmit((input) =>
    run("Not created", async () => {
      const made = await workspaceApi(FIRST_WORKSPACE).makeWorkspace(input);
      switchWorkspace(made.slug);
    }),
  );
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <Field label="Name" error={errors.name?.message} hint="A product, a brand, a region.">
        <Input autoComplete="off" autoFocus {...name} />
      </Field>
      <Field
        label="Public name"
        error={errors.slug?.message}
        hint="Pages name the workspace by it: data-workspace. It never changes."
      >
        <Input
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          className="font-mono text-sm"
          {...form.register("slug")}
        />
      </Field>
      <FormButtons label="Create workspace" busy={busy} onCancel={onCancel} />
    </form>
  );
}

/** `Café & Bar` → `cafe-bar`. */
function slugOf(name: string): string {
  return name
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_SLUG)
    .replace(/^-+|-+$/g, "");
}
