"use client";

import { type ReactNode, useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input, Select, Textarea } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { SwitchField } from "@/components/ui/switch";
import { toast } from "@/components/ui/toast";
import type { WorkspaceSettings } from "@/core/api/settings";
import { useWorkspaceApi } from "../api/use-api";
import { linesOf } from "../lines";
import { useAction } from "../use-action";
import { timeZones } from "../zoned-time";
import type { settingsResolver } from "./settings-rules";

/** The rules are fetched behind the form that can be filled in without them. */
const resolver: typeof settingsResolver = async (...given) =>
  (await import("./settings-rules")).settingsResolver(...given);

/** What a workspace's people can set; saved together. */
export function SettingsForm({ settings }: { settings: WorkspaceSettings }) {
  const api = useWorkspaceApi();
  const { run, busy } = useAction();
  const [savedAt, setSavedAt] = useState(0);
  const form = useForm({
    resolver,
    defaultValues: valuesOf(settings),
  });
  const { errors, isDirty } = form.formState;
  const submit = form.handleSubmit((values) =>
    run("Not saved", async () => {
      const saved = await api.changeSettings({
        allowedOrigins: linesOf(values.origins),
        anonymousAllowed: values.anonymousAllowed,
        timeZone: values.timeZone,
        defaultLocale: values.defaultLocale,
        stackSize: Number(values.stackSize),
        retentionDays: values.retentionDays,
        jwksUrl: values.jwksUrl.trim() || null,
      });
      form.reset(valuesOf(saved));
      setSavedAt(Date.now());
      toast.success("Settings saved", { description: "Every server obeys them at once." });
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Card title="General">
        <Setting
          title="Who may connect"
          description="Pages of these origins show banners. The dashboard's own always may."
        >
          <Field
            label="Allowed origins"
            note="one a line"
            error={errors.origins?.message}
            hint="https://app.example.com, or https://*.example.com for every subdomain."
          >
            <Textarea
              rows={3}
              spellCheck={false}
              placeholder="https://app.example.com"
              className="font-mono text-sm"
              {...form.register("origins")}
            />
          </Field>
          <Controller
            control={form.control}
            name="anonymousAllowed"
            render={({ field }) => (
              <SwitchField
                label="Anonymous visitors"
                hint="People without a signed token see banners too."
                checked={field.value}
                onCheckedChange={field.onChange}
              />
            )}
          />
        </Setting>
        <Setting
          title="User tokens"
          description="Where your product signs with keys of its own rather than with this workspace's secret."
        >
          <Field
            label="Address of public keys"
            note="optional"
            error={errors.jwksUrl?.message}
            hint="A JWKS document. While it is set, tokens signed with the secret are refused."
          >
            <Input
              type="url"
              spellCheck={false}
              autoComplete="off"
              placeholder="https://app.example.com/.well-known/jwks.json"
              {...form.register("jwksUrl")}
            />
          </Field>
        </Setting>
        <Setting
          title="Time and language"
          description="What “today” means in figures, and what language broadcasts are written in."
        >
          <Field label="Time zone" error={errors.timeZone?.message}>
            <Select {...form.register("timeZone")}>
              {timeZones().map((zone) => (
                <option key={zone} value={zone}>
                  {zone.replaceAll("_", " ")}
                </option>
              ))}
            </Select>
          </Field>
          <Field
            label="Default language"
            error={errors.defaultLocale?.message}
            hint="A language tag such as en or fr-CA."
          >
            <Input spellCheck={false} autoComplete="off" {...form.register("defaultLocale")} />
          </Field>
        </Setting>
        <Setting
          title="On screen"
          description="How many banners stand on one screen; the others wait behind “N more”."
        >
          <div className="grid gap-1.5">
            <span className="font-medium text-sm">Banners at once</span>
            <Controller
              control={form.control}
              name="stackSize"
              render={({ field }) => (
                <Segmented
                  label="Banners at once"
                  value={field.value}
                  onChange={field.onChange}
                  segments={STACK_SIZES}
                  className="justify-self-start"
                />
              )}
            />
          </div>
        </Setting>
        <Setting title="Inbox" description="How far back “recent announcements” look.">
          <Field label="Retention in days" error={errors.retentionDays?.message}>
            <Input
              type="number"
              min={1}
              max={90}
              className="nums max-w-32"
              {...form.register("retentionDays")}
            />
          </Field>
        </Setting>
        <footer className="flex items-center justify-end gap-4 px-4 py-3">
          <p role="status" className="text-ink-3 text-sm">
            {isDirty ? "Unsaved changes" : savedAt > 0 ? "Saved" : null}
          </p>
          <Button type="submit" look="primary" busy={busy} disabled={!isDirty}>
            Save settings
          </Button>
        </footer>
      </Card>
    </form>
  );
}

const STACK_SIZES = [
  { value: "1", label: "One" },
  { value: "2", label: "Two" },
  { value: "3", label: "Three" },
] as const;

/** One topic: what it is for on the left, its fields on the right. */
export function Setting({
  title,
  description,
  children,
}: {
  title: string;
  description: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="grid gap-x-10 gap-y-4 border-line border-b px-4 py-5 md:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)]">
      <div>
        <h3 className="font-medium text-sm">{title}</h3>
        <p className="mt-0.5 max-w-[44ch] text-ink-2 text-sm">{description}</p>
      </div>
      <div className="grid content-start gap-5">{children}</div>
    </div>
  );
}

function valuesOf(settings: WorkspaceSettings) {
  const { allowedOrigins, anonymousAllowed, timeZone, defaultLocale, stackSize } = settings;
  const sizes = { 1: "1", 2: "2", 3: "3" } as const;
  return {
    origins: allowedOrigins.join("\n"),
    anonymousAllowed,
    timeZone,
    defaultLocale,
    stackSize: stackSize === 2 || stackSize === 3 ? sizes[stackSize] : sizes[1],
    retentionDays: String(settings.retentionDays),
    jwksUrl: settings.jwksUrl ?? "",
  };
}
