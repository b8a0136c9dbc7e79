"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { FormError } from "./form-error";
import { PasswordInput } from "./password-input";
import { signIn } from "./sign-in";
import { SubmitButton } from "./submit-button";

const schema = z.object({
  email: z.email({ error: "Enter your email address" }),
  password: z.string().min(1, { error: "Enter your password" }),
});

/** @param next where to go afterwards; a path of this site */
export function SignInForm({ next }: { next: string }) {
  const [failure, setFailure] = useState<string | null>(null);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: "", password: "" },
  });
  const { errors } = form.formState;

  const submit = form.handleSubmit(async ({ email, password }) => {
    setFailure(null);
    const result = await signIn(email, password);
    if (result.ok) {
      window.location.assign(next);
      return;
    }
    setFailure(result.message);
    form.resetField("password");
    form.setFocus("password");
  });

  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <FormError>{failure}</FormError>
      <Field label="Email" error={errors.email?.message}>
        <Input type="email" autoComplete="username" autoFocus {...form.register("email")} />
      </Field>
      <Field label="Password" error={errors.password?.message}>
        <PasswordInput autoComplete="current-password" {...form.register("password")} />
      </Field>
      <SubmitButton control={form.control} hasFailed={failure !== null}>
        Sign in
      </SubmitButton>
    </form>
  );
}
