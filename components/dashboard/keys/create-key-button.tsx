"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { z } from "zod";
import { Button } from "@/components/ui/button";
import { CopyBlock } from "@/components/ui/copy";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { createApiKeyInput, inviteInput } from "@/core/api/people";
import { useWorkspaceApi } from "../api/use-api";
import { ROLE_LABELS } from "../roles";
import { useAction } from "../use-action";

const DAY_MS = 24 * 3_600_000;
const LIFETIMES = [
  { value: "", label: "No end" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "One year" },
] as const;

const schema = z.object({
  name: createApiKeyInput.shape.name,
  role: z.enum(["viewer", "author", "publisher", "admin"]),
  days: z.enum(["", "30", "90", "365"]),
});

/**
 * Makes an API key and shows it, once. It must stand where creating one does not take it away:
 * not in the place of an empty list.
 */
export function CreateKeyButton() {
  const [open, setOpen] = useState(false);
  const [key, setKey] = useState<string | null>(null);
  const close = (next: boolean) => {
    setOpen(next);
    if (!next) setKey(null);
  };
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden />
        Create key
      </Button>
      <Dialog
        open={open}
        onOpenChange={close}
        title={key ? "Copy this key now" : "Create an API key"}
        description={
          key
            ? "It is shown this once. Only a fingerprint of it is kept, so nobody can look it up later."
            : "For a program that publishes, clears or reads here."
        }
        footer={
          key ? (
            <Button look="primary" onClick={() => close(false)}>
              I have copied it
            </Button>
          ) : null
        }
        className="max-w-lg"
      >
        {key ? (
          <CopyBlock text={key} label="API key" />
        ) : (
          <CreateKeyForm onKey={setKey} onCancel={() => close(false)} />
        )}
      </Dialog>
    </>
  );
}

function CreateKeyForm({
  onKey,
  onCancel,
}: {
  onKey: (key: string) => void;
  onCancel: () => void;
}) {
  const api = useWorkspaceApi();
  const { run, busy } = useAction();
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: "", role: "publisher" as const, days: "" as const },
  });
  const { errors } = form.formState;
  const role = useWatch({ control: form.control, name: "role" });
  const submit = form.handleSubmit(({ name, role: chosen, days }) =>
    run("Not created", async () => {
      const expiresAt = days ? new Date(Date.now() + Number(days) * DAY_MS).toISOString() : null;
      const created = await api.createKey({ name, role: chosen, expiresAt });
      onKey(created.key);
    }),
  );
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <Field label="Name" error={errors.name?.message} hint="What uses it: “deploy script”.">
        <Input autoComplete="off" autoFocus {...form.register("name")} />
      </Field>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Field label="Role" hint={ROLE_LABELS[role].can} error={errors.role?.message}>
          <Select {...form.register("role")}>
            {inviteInput.shape.role.options.map((each) => (
              <option key={each} value={each}>
                {ROLE_LABELS[each].label}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Ends" error={errors.days?.message}>
          <Select {...form.register("days")}>
            {LIFETIMES.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <div className="flex justify-end gap-2 pt-1">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={busy}>
          Create key
        </Button>
      </div>
    </form>
  );
}
