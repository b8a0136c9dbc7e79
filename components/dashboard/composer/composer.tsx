"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import type { BroadcastView } from "@/core/api/broadcasts";
import { useDashboard } from "../context";
import { ComposerPreview } from "./composer-preview";
import { DraftBar } from "./draft-bar";
import { fetchedResolver } from "./fetched-rules";
import { MessageFields } from "./message-fields";
import { Sections } from "./sections";
import { useReach } from "./use-reach";
import { type ComposerValues, emptyValues, valuesOf } from "./values";

const OutBar = dynamic(() => import("./out-bar").then((it) => it.OutBar));

/**
 * Writes a broadcast: a draft that saves itself, or changes to one that is out already.
 * @param broadcast what is edited; null for a new one
 */
export function Composer({ broadcast }: { broadcast: BroadcastView | null }) {
  const { timeZone } = useDashboard().workspace;
  const form = useForm<ComposerValues>({
    resolver: fetchedResolver,
    mode: "onTouched",
    defaultValues: broadcast ? valuesOf(broadcast, timeZone) : emptyValues(timeZone),
  });
  const reach = useReach(useWatch({ control: form.control, name: "audience" }));
  const [whenOpen, setWhenOpen] = useState(false);
  const isOut = broadcast?.status === "live" || broadcast?.status === "scheduled";
  return (
    <FormProvider {...form}>
      <form
        noValidate
        onSubmit={(event) => event.preventDefault()}
        className="flex flex-col gap-6 pb-24 lg:grid lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)] lg:gap-12"
      >
        <div className="order-2 grid content-start gap-6 lg:order-1">
          <MessageFields />
          <Sections reach={reach} whenOpen={whenOpen} onWhenOpen={setWhenOpen} />
        </div>
        <div className="order-1 max-lg:contents lg:order-2">
          <div className="max-lg:contents lg:sticky lg:top-7">
            <ComposerPreview reach={reach} />
          </div>
        </div>
        {isOut ? (
          <OutBar broadcast={broadcast} reach={reach} />
        ) : (
          <DraftBar initial={broadcast} reach={reach} onSchedule={() => setWhenOpen(true)} />
        )}
      </form>
    </FormProvider>
  );
}
