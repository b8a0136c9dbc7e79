"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useForm, useWatch } from "react-hook-form";
import { z } from "zod";
import { Field } from "@/components/ui/field";
import { FormButtons } from "@/components/ui/form-buttons";
import { Input, Select } from "@/components/ui/input";
import { createApiKeyInput, inviteInput } from "@/core/api/people";
import { useWorkspaceApi } from "../api/use-api";
import type { CreateFormProps } from "../create-button";
import { RoleOptions } from "../role-options";
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
  role: inviteInput.shape.role,
  days: z.enum(["", "30", "90", "365"]),
});

/** What the key is for, what it may do and how long. */
export function CreateKeyForm({ onMade, onCancel }: CreateFormProps) {
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
      onMade(created.key);
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
            <RoleOptions roles={inviteInput.shape.role.options} />
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
      <FormButtons label="Create key" busy={busy} onCancel={onCancel} />
    </form>
  );
}
