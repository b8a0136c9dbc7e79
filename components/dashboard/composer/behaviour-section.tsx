"use client";

import { Controller, useFormContext } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { SwitchField } from "@/components/ui/switch";
import { PLACEMENT_WORDS, PRIORITY_WORDS } from "./behaviour-words";
import type { ComposerValues } from "./values";

/** How it behaves on a screen. */
export function BehaviourSection() {
  const { register, control, formState } = useFormContext<ComposerValues>();
  return (
    <div className="grid gap-5">
      <Controller
        control={control}
        name="dismissible"
        render={({ field }) => (
          <SwitchField
            label="Dismissible"
            hint="People can put it away for good. Without this it needs an end."
            checked={field.value}
            onCheckedChange={field.onChange}
          />
        )}
      />
      <Controller
        control={control}
        name="replace"
        render={({ field }) => (
          <SwitchField
            label="Replace what is live"
            hint="Takes the place of every live broadcast instead of joining them."
            checked={field.value}
            onCheckedChange={field.onChange}
          />
        )}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Placement" error={formState.errors.placement?.message}>
          <Select {...register("placement")}>
            {Object.entries(PLACEMENT_WORDS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Priority" error={formState.errors.priority?.message}>
          <Select {...register("priority")}>
            {Object.entries(PRIORITY_WORDS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
      </div>
    </div>
  );
}
