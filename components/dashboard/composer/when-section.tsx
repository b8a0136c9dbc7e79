"use client";

import { useFormContext, useWatch } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { useDashboard } from "../context";
import { formatDateTime } from "../format";
import { deviceTimeZone, instantOf, timeZones, zoneLabel } from "../zoned-time";
import { type ComposerValues, inZone } from "./values";

/** Start and end on a named zone's clock, with UTC beside it. */
export function WhenSection() {
  const { register, formState, setValue, getValues, control } = useFormContext<ComposerValues>();
  const [zone, startsAt, endsAt] = useWatch({ control, name: ["zone", "startsAt", "endsAt"] });
  const { timeZone } = useDashboard().workspace;
  const suggested = [...new Set([timeZone, deviceTimeZone(), "UTC"])];

  const changeZone = (next: string) => {
    for (const [name, value] of Object.entries(inZone(getValues(), next))) {
      if (name !== "zone" && name !== "startsAt" && name !== "endsAt") continue;
      if (typeof value === "string") setValue(name, value, { shouldDirty: true });
    }
  };

  return (
    <div className="grid gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Start"
          note="empty: at once"
          hint={utcOf(startsAt, zone)}
          error={formState.errors.startsAt?.message}
        >
          <Input type="datetime-local" {...register("startsAt")} />
        </Field>
        <Field
          label="End"
          note="empty: no end"
          hint={utcOf(endsAt, zone)}
          error={formState.errors.endsAt?.message}
        >
          <Input type="datetime-local" {...register("endsAt")} />
        </Field>
      </div>
      <Field label="Time zone" hint="Both times are on this zone's clock.">
        <Select value={zone} onChange={(event) => changeZone(event.target.value)}>
          <optgroup label="Suggested">
            {suggested.map((name) => (
              <option key={name} value={name}>
                {zoneName(name)}
              </option>
            ))}
          </optgroup>
          <optgroup label="All zones">
            {timeZones()
              .filter((name) => !suggested.includes(name))
              .map((name) => (
                <option key={name} value={name}>
                  {zoneName(name)}
                </option>
              ))}
          </optgroup>
        </Select>
      </Field>
    </div>
  );
}

function zoneName(zone: string): string {
  return zone.replaceAll("_", " ");
}

function utcOf(wall: string, zone: string): string | undefined {
  const at = wall ? instantOf(wall, zone) : null;
  if (at === null) return undefined;
  return `${zoneLabel(at, zone)} · ${formatDateTime(at, "UTC")}`;
}
