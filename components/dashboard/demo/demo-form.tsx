"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useId, useState } from "react";
import { Controller, useForm, useWatch } from "react-hook-form";
import { z } from "zod";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { publishInput } from "@/core/api/broadcasts";
import { clearAnswer, publishAnswer } from "@/core/api/fixed";
import { LEVELS } from "@/core/broadcast";
import { sentenceOf } from "../api/api-error";
import { call } from "../api/client";
import { MessageCounter } from "../composer/counter";
import { LevelPicker } from "../composer/level-picker";
import { plural } from "../format";
import { randomId } from "../random-id";

const schema = z.object({
  level: z.enum(LEVELS),
  // The same rule as the server's, said beside the field.
  message: z.string().superRefine((message, context) => {
    const issue = publishInput.safeParse({ message }).error?.issues[0];
    if (issue) context.addIssue(issue.message);
  }),
});

const EXAMPLE = "Crane 7 is back at 14:00. Berths 3 and 4 stay open meanwhile.";

/** Publishes and clears through the same endpoints that any client uses. */
export function DemoForm({ workspace }: { workspace: string }) {
  const [outcome, setOutcome] = useState("");
  const levelLabel = useId();
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { level: "info" as const, message: EXAMPLE },
  });
  const { errors, isSubmitting } = form.formState;
  const message = useWatch({ control: form.control, name: "message" });
  const at = (path: string) =>
    `/api/creator/broadcast${path}?${new URLSearchParams({ workspace })}`;

  const publish = form.handleSubmit(async (input) => {
    try {
      const answer = await call(at(""), publishAnswer, {
        method: "POST",
        body: input,
        idempotencyKey: randomId(),
      });
      setOutcome(`Published to ${plural(answer.sent_to_users, "connection", "connections")}.`);
    } catch (error) {
      setOutcome(sentenceOf(error));
    }
  });
  const clear = async () => {
    try {
      const answer = await call(at("/clear"), clearAnswer, { method: "POST", body: {} });
      setOutcome(`Cleared from ${plural(answer.cleared_for_users, "screen", "screens")}.`);
    } catch (error) {
      setOutcome(sentenceOf(error));
    }
  };

  return (
    <form onSubmit={publish} noValidate className="grid gap-4">
      <div className="grid gap-1.5">
        <span id={levelLabel} className="font-medium text-sm">
          Level
        </span>
        <Controller
          control={form.control}
          name="level"
          render={({ field }) => (
            <LevelPicker
              labelledBy={levelLabel}
              value={field.value}
              onChange={field.onChange}
              compact
            />
          )}
        />
      </div>
      <Field
        label="Message"
        error={errors.message?.message}
        aside={<MessageCounter message={message} />}
      >
        <Textarea rows={3} {...form.register("message")} />
      </Field>
      <div className="flex gap-2">
        <Button type="submit" look="primary" size="lg" busy={isSubmitting} className="flex-1">
          Publish
        </Button>
        <Button size="lg" onClick={clear}>
          Clear
        </Button>
      </div>
      <p role="status" className="nums min-h-5 text-ink-2 text-sm">
        {outcome}
      </p>
    </form>
  );
}
