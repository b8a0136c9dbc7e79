"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { type SetupInput, setupInput } from "@/core/api/people";
import { type ActionResult, UNREACHABLE } from "./action-result";
import { FormError } from "./form-error";
import { PasswordInput } from "./password-input";
import { PasswordMeter } from "./password-meter";
import { signIn } from "./sign-in";
import { SubmitButton } from "./submit-button";

export interface SetupFormProps {
  token: string;
  action: (input: SetupInput) => Promise<ActionResult>;
}

/** Makes the first owner, signs them in and opens the dashboard. */
export function SetupForm({ token, action }: SetupFormProps) {
  const [failure, setFailure] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(setupInput),
    defaultValues: { token, workspaceName: "", name: "", email: "", password: "" },
  });
  const { errors } = form.formState;
  const written = useWatch({ control: form.control });
  const { name = "", email = "", password = "", workspaceName = "" } = written;

  const submit = form.handleSubmit(async (input) => {
    setFailure(null);
    const result = await action(input).catch(() => UNREACHABLE);
    if (!result.ok) return setFailure(result.message);
    const signedIn = await signIn(input.email, input.password);
    window.location.assign(signedIn.ok ? "/" : "/sign-in");
  });

  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <FormError>{failure}</FormError>
      <Field
        label="Workspace name"
        error={errors.workspaceName?.message}
        hint="Your product or company."
      >
        <Input autoComplete="organization" autoFocus {...form.register("workspaceName")} />
      </Field>
      <Field
        label="Your name"
        error={errors.name?.message}
        hint="Shown as the author of what you publish."
      >
        <Input autoComplete="name" {...form.register("name")} />
      </Field>
      <Field label="Email" error={errors.email?.message}>
        <Input type="email" autoComplete="username" {...form.register("email")} />
      </Field>
      <Field
        label="Password"
        error={errors.password?.message}
        hint={<PasswordMeter password={password} own={[name, email, workspaceName]} />}
      >
        <PasswordInput autoComplete="new-password" {...form.register("password")} />
      </Field>
      <SubmitButton control={form.control} hasFailed={failure !== null}>
        Create workspace
      </SubmitButton>
    </form>
  );
}
