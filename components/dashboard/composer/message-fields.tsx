"use client";

import { useId } from "react";
import { Controller, useFormContext, useWatch } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { SwitchField } from "@/components/ui/switch";
import { counterAdvice, MessageCounter } from "./counter";
import { LevelPicker } from "./level-picker";
import type { ComposerValues } from "./values";

/** What it says. */
export function MessageFields() {
  const { register, formState, control } = useFormContext<ComposerValues>();
  const message = useWatch({ control, name: "message" });
  const { errors } = formState;
  const levelLabel = useId();
  return (
    <div className="grid gap-5">
      <div className="grid gap-1.5">
        <span id={levelLabel} className="font-medium text-sm">
          Level
        </span>
        <Controller
          control={control}
          name="level"
          render={({ field }) => (
            <LevelPicker labelledBy={levelLabel} value={field.value} onChange={field.onChange} />
          )}
        />
      </div>
      <Field label="Title" note="optional" error={errors.title?.message}>
        <Input autoComplete="off" placeholder="Maintenance at 22:00" {...register("title")} />
      </Field>
      <Field
        label="Message"
        error={errors.message?.message}
        aside={<MessageCounter message={message} />}
        hint={counterAdvice(message) ?? "**Bold**, *italic*, `code` and [links](https://…) work."}
      >
        <Textarea
          rows={3}
          placeholder="What should everyone know?"
          aria-required
          {...register("message")}
        />
      </Field>
      <ActionFields />
    </div>
  );
}

function ActionFields() {
  const { register, formState, control } = useFormContext<ComposerValues>();
  const hasAction = useWatch({ control, name: "hasAction" });
  const { errors } = formState;
  return (
    <div className="grid gap-4">
      <Controller
        control={control}
        name="hasAction"
        render={({ field }) => (
          <SwitchField
            label="Button"
            hint="One link for those who want to know more."
            checked={field.value}
            onCheckedChange={field.onChange}
          />
        )}
      />
      {hasAction ? (
        <div className="grid gap-4 sm:grid-cols-[1fr_1.6fr]">
          <Field label="Button label" error={errors.actionLabel?.message}>
            <Input autoComplete="off" placeholder="See status" {...register("actionLabel")} />
          </Field>
          <Field label="Button link" error={errors.actionUrl?.message}>
            <Input
              autoComplete="off"
              spellCheck={false}
              inputMode="url"
              placeholder="https://status.example.com"
              {...register("actionUrl")}
            />
          </Field>
        </div>
      ) : null}
    </div>
  );
}
