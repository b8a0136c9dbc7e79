"use client";

import { useState } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { pathMatches } from "@/core/paths";
import { type ComposerValues, pathRulesOf } from "./values";

/** On which pages ([AUD3]), with a page to try the rules on. */
export function WhereSection() {
  const { register, formState, control } = useFormContext<ComposerValues>();
  const paths = useWatch({ control, name: "paths" });
  const [page, setPage] = useState("/");
  const rules = pathRulesOf(paths);
  const shown = pathMatches(rules, page);
  return (
    <div className="grid gap-4">
      <Field
        label="Page rules"
        note="one a line; empty: all pages"
        hint="/pricing is one page, /docs/* every page below, !/checkout* leaves pages out."
        error={errorOf(formState.errors.paths)}
      >
        <Textarea
          rows={3}
          spellCheck={false}
          placeholder={"/app/*\n!/app/checkout*"}
          className="font-mono text-sm"
          {...register("paths")}
        />
      </Field>
      {rules ? (
        <Field
          label="Try a page"
          hint={
            <span aria-live="polite">
              {shown ? "Shown on this page." : "Not shown on this page."}
            </span>
          }
        >
          <Input
            value={page}
            onChange={(event) => setPage(event.target.value)}
            spellCheck={false}
            className="font-mono text-sm"
          />
        </Field>
      ) : null}
    </div>
  );
}

/** An error of the field, or of one of its lines. */
function errorOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("message" in error && typeof error.message === "string") return error.message;
  return Object.values(error).map(errorOf).find(Boolean);
}
