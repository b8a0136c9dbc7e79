"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { CopyBlock } from "@/components/ui/copy";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { inviteInput } from "@/core/api/people";
import { useWorkspaceApi } from "../api/use-api";
import { ROLE_LABELS } from "../roles";
import { useAction } from "../use-action";

/** Makes an invitation's link, to hand over: no mail is sent. */
export function InviteButton() {
  const [open, setOpen] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  const close = (next: boolean) => {
    setOpen(next);
    if (!next) setLink(null);
  };
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <UserPlus aria-hidden />
        Invite
      </Button>
      <Dialog
        open={open}
        onOpenChange={close}
        title={link ? "Hand over this link" : "Invite somebody"}
        description={
          link
            ? "It works once, for 7 days, for whoever has it. Send it yourself: no mail is sent."
            : "They get a link to make an account, or to join with the one they have."
        }
        footer={
          link ? (
            <Button look="primary" onClick={() => close(false)}>
              Done
            </Button>
          ) : null
        }
      >
        {link ? (
          <CopyBlock text={link} label="Invitation link" />
        ) : (
          <InviteForm onLink={setLink} onCancel={() => close(false)} />
        )}
      </Dialog>
    </>
  );
}

function InviteForm({
  onLink,
  onCancel,
}: {
  onLink: (link: string) => void;
  onCancel: () => void;
}) {
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
      onLink(new URL(path, window.location.origin).href);
    }),
  );
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <Field label="Email" error={errors.email?.message}>
        <Input type="email" autoComplete="off" autoFocus {...form.register("email")} />
      </Field>
      <Field label="Role" hint={ROLE_LABELS[role].can} error={errors.role?.message}>
        <Select {...form.register("role")}>
          {inviteInput.shape.role.options.map((each) => (
            <option key={each} value={each}>
              {ROLE_LABELS[each].label}
            </option>
          ))}
        </Select>
      </Field>
      <div className="flex justify-end gap-2 pt-1">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={busy}>
          Create link
        </Button>
      </div>
    </form>
  );
}
