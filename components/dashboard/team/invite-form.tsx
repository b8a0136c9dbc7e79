"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useForm, useWatch } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { FormButtons } from "@/components/ui/form-buttons";
import { Input, Select } from "@/components/ui/input";
import { inviteInput } from "@/core/api/people";
import { useWorkspaceApi } from "../api/use-api";
import type { CreateFormProps } from "../create-button";
import { RoleOptions } from "../role-options";
import { ROLE_LABELS } from "../roles";
import { useAction } from "../use-action";

/** Whom to invite, as what. */
export function InviteForm({ onMade, onCancel }: CreateFormProps) {
  const api = useWorkspaceApi();
  const { run, busy } = useAction();
  const form = useForm({
    resolver: zodResolver(inviteInput),
    defaultValues: { email: "", role: "publisher" as const },
  });
  const { errors } = form.formState;
  const role = useWatch({ control: form.control, name: "role" });
  const submit = form.handleSubmit((input) =>
    run("Not invited", async () => {
      const { path } = await api.invite(input);
      onMade(new URL(path, window.location.origin).href);
    }),
  );
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <Field label="Email" error={errors.email?.message}>
        <Input type="email" autoComplete="off" autoFocus {...form.register("email")} />
      </Field>
      <Field label="Role" hint={ROLE_LABELS[role].can} error={errors.role?.message}>
        <Select {...form.register("role")}>
          <RoleOptions roles={inviteInput.shape.role.options} />
        </Select>
      </Field>
      <FormButtons label="Create link" busy={busy} onCancel={onCancel} />
    </form>
  );
}
