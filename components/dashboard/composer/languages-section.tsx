"use client";

import { Plus, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { useFieldArray, useFormContext, useWatch } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { canonicalLocale, dirOf } from "@/core/locale";
import { useDashboard } from "../context";
import { MessageCounter } from "./counter";
import { languageName } from "./languages";
import type { ComposerValues } from "./values";

/** What the broadcast says in other languages ([BC10]). */
export function LanguagesSection() {
  const { control } = useFormContext<ComposerValues>();
  const { defaultLocale } = useDashboard().workspace;
  const { fields, append, remove } = useFieldArray({ control, name: "translations" });
  return (
    <div className="grid gap-5">
      {fields.map((field, index) => (
        <TranslationFields
          key={field.id}
          index={index}
          locale={field.locale}
          onRemove={() => remove(index)}
        />
      ))}
      <AddLanguage
        taken={[defaultLocale, ...fields.map(({ locale }) => locale)]}
        onAdd={(locale) => append({ locale, title: "", message: "", actionLabel: "" })}
      />
    </div>
  );
}

function TranslationFields({
  index,
  locale,
  onRemove,
}: {
  index: number;
  locale: string;
  onRemove: () => void;
}) {
  const { register, formState, control } = useFormContext<ComposerValues>();
  const [message, title, hasAction] = useWatch({
    control,
    name: [`translations.${index}.message`, "title", "hasAction"],
  });
  const errors = formState.errors.translations?.[index];
  const name = languageName(locale);
  const dir = dirOf(locale);
  return (
    <fieldset className="grid gap-3 rounded-md border border-line p-4">
      <legend className="sr-only">{name}</legend>
      <div className="-my-1 flex items-center justify-between">
        <p aria-hidden className="font-medium text-sm">
          {name} <span className="font-mono font-normal text-ink-3 text-xs">{locale}</span>
        </p>
        <Button look="quiet" size="icon-sm" onClick={onRemove} aria-label={`Remove ${name}`}>
          <Trash2 aria-hidden />
        </Button>
      </div>
      {title ? (
        <Field label={`Title in ${name}`} error={errors?.title?.message}>
          <Input dir={dir} lang={locale} {...register(`translations.${index}.title`)} />
        </Field>
      ) : null}
      <Field
        label={`Message in ${name}`}
        error={errors?.message?.message}
        aside={<MessageCounter message={message ?? ""} />}
      >
        <Textarea dir={dir} lang={locale} {...register(`translations.${index}.message`)} />
      </Field>
      {hasAction ? (
        <Field label={`Button label in ${name}`} error={errors?.actionLabel?.message}>
          <Input dir={dir} lang={locale} {...register(`translations.${index}.actionLabel`)} />
        </Field>
      ) : null}
    </fieldset>
  );
}

function AddLanguage({
  taken,
  onAdd,
}: {
  taken: readonly string[];
  onAdd: (locale: string) => void;
}) {
  const [written, setWritten] = useState("");
  const list = useId();
  const locale = written ? canonicalLocale(written.trim()) : null;
  const refused = refusal(written, locale, taken);
  const add = () => {
    if (locale === null || refused) return;
    onAdd(locale);
    setWritten("");
  };
  return (
    <div className="flex items-end gap-2">
      <Field
        label="Language"
        error={refused}
        hint={locale && !refused ? languageName(locale) : undefined}
        className="w-56"
      >
        <Input
          list={list}
          value={written}
          onChange={(event) => setWritten(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.metaKey || event.ctrlKey) return;
            event.preventDefault();
            add();
          }}
          placeholder="fr, pt-BR, ar"
          spellCheck={false}
          autoComplete="off"
        />
      </Field>
      <datalist id={list}>
        {COMMON.filter((tag) => !taken.includes(tag)).map((tag) => (
          <option key={tag} value={tag}>
            {languageName(tag)}
          </option>
        ))}
      </datalist>
      <Button onClick={add} disabled={locale === null || Boolean(refused)} className="h-9">
        <Plus aria-hidden />
        Add language
      </Button>
    </div>
  );
}

const COMMON = [
  "ar",
  "de",
  "es",
  "fr",
  "he",
  "hi",
  "it",
  "ja",
  "ko",
  "nl",
  "pl",
  "pt-BR",
  "zh-Hans",
];

function refusal(
  written: string,
  locale: string | null,
  taken: readonly string[],
): string | undefined {
  if (written.trim().length < 2) return undefined;
  if (locale === null) return "Not a language tag such as fr or pt-BR";
  return taken.includes(locale) ? "Already there" : undefined;
}
