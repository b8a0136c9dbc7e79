"use client";

import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { type Resolver, useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field, FieldError } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { sentenceOf } from "../api/api-error";
import { useBroadcastApi } from "../api/use-api";
import type { WhyValues } from "./pasted-viewer";

interface Verdict {
  subject: string;
  sees: boolean;
  reasons: string[];
}

/** The viewer that the form describes, by the schema that the server validates with. */
export async function readViewer(values: WhyValues) {
  const { viewerOf } = await import("./pasted-viewer");
  return viewerOf(values);
}

/** Judges by what the server will judge by. */
export const whyResolver: Resolver<WhyValues> = async (values) => {
  const made = await readViewer(values);
  if ("viewer" in made) return { values, errors: {} };
  return { values: {}, errors: { [made.field]: { type: "invalid", message: made.message } } };
};

/** Why a user, or somebody with these traits, does or does not see it ([AUD4]). Asking changes nothing. */
export function WhyForm({ id }: { id: string }) {
  const api = useBroadcastApi();
  const { register, handleSubmit, formState, setError } = useForm<WhyValues>({
    resolver: whyResolver,
    defaultValues: { subject: "", traits: "" },
  });
  const { errors, isSubmitting } = formState;
  const [verdict, setVerdict] = useState<Verdict | null>(null);

  const ask = handleSubmit(async (values) => {
    const made = await readViewer(values);
    if (!("viewer" in made)) return;
    try {
      const [first] = await api.why(id, made.viewer);
      setVerdict(first ? { ...first, subject: made.viewer.subject } : null);
    } catch (cause) {
      setVerdict(null);
      setError("root", { message: sentenceOf(cause) });
    }
  });

  return (
    <form onSubmit={ask} noValidate className="grid gap-4 px-4 py-4">
      <div className="grid gap-4 sm:grid-cols-[1fr_1.4fr_auto] sm:items-start">
        <Field label="User id" error={errors.subject?.message}>
          <Input
            placeholder="u_42"
            spellCheck={false}
            autoComplete="off"
            {...register("subject")}
          />
        </Field>
        <Field
          label="Traits"
          note="optional"
          error={errors.traits?.message}
          hint="As pairs, or pasted as JSON: traits alone, or a token’s whole claims."
        >
          <Textarea
            rows={1}
            placeholder="plan=pro, seats=12"
            spellCheck={false}
            autoComplete="off"
            className="min-h-9 py-[7px]"
            {...register("traits")}
          />
        </Field>
        <Button type="submit" busy={isSubmitting} className="h-9 sm:mt-6.5">
          Ask
        </Button>
      </div>
      {errors.root ? <FieldError>{errors.root.message}</FieldError> : null}
      <div role="status">
        {verdict ? (
          <div className="grid gap-1.5 text-sm">
            <p className="flex items-center gap-2 font-medium">
              {verdict.sees ? (
                <Eye aria-hidden className="size-4 text-live-ink" />
              ) : (
                <EyeOff aria-hidden className="size-4 text-ink-3" />
              )}
              {verdict.sees ? `${verdict.subject} sees it` : `${verdict.subject} does not see it`}
            </p>
            <ul className="grid gap-0.5 pl-6 text-ink-2">
              {verdict.reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          </div>
        ) : null}
      </div>
    </form>
  );
}
