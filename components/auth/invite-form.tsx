"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { type AcceptInvitationInput, acceptInvitationInput } from "@/core/api/people";
import { type ActionResult, UNREACHABLE } from "./action-result";
import { FormError } from "./form-error";
import { PasswordInput } from "./password-input";
import { PasswordMeter } from "./password-meter";
import { signIn } from "./sign-in";
import { SubmitButton } from "./submit-button";

export interface InviteFormProps {
  id: string;
  email: string;
  /** Has an account here: gives its password instead of making one. */
  hasAccount: boolean;
  action: (input: AcceptInvitationInput) => Promise<ActionResult>;
}

export function InviteForm({ id, email, hasAccount, action }: InviteFormProps) {
  const [failure, setFailure] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(acceptInvitationInput),
    // Someone with an account keeps its name: the field is not asked.
    defaultValues: { id, name: hasAccount ? email : "", password: "" },
  });
  const { errors } = form.formState;
  const [name = "", password = ""] = useWatch({
    control: form.control,
    name: ["name", "password"],
  });

  const submit = form.handleSubmit(async (input) => {
    setFailure(null);
    const result = await action(input).catch(() => UNREACHABLE);
    if (!result.ok) return setFailure(result.message);
    const signedIn = await signIn(email, input.password);
    window.location.assign(signedIn.ok ? "/" : "/sign-in");
  });

  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <FormError>{failure}</FormError>
      <Field label="Email">
        <Input type="email" autoComplete="username" value={email} readOnly />
      </Field>
      {hasAccount ? null : (
        <Field label="Your name" error={errors.name?.message}>
          <Input autoComplete="name" autoFocus {...form.register("name")} />
        </Field>
      )}
      <Field
        label="Password"
        error={errors.password?.message}
        hint={
          hasAccount ? (
            "You have an account here: use its password."
          ) : (
            <PasswordMeter password={password} own={[name, email]} />
          )
        }
      >
        <PasswordInput
          autoComplete={hasAccount ? "current-password" : "new-password"}
          {...form.register("password")}
        />
      </Field>
      <SubmitButton control={form.control} hasFailed={failure !== null}>
        Join workspace
      </SubmitButton>
    </form>
  );
}
