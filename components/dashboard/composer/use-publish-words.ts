"use client";

import { useWatch } from "react-hook-form";
import { instantOf } from "../zoned-time";
import { publishLabel, reachSentence } from "./reach-words";
import type { Reach } from "./use-reach";
import type { ComposerValues } from "./values";

/** What publishing the form as it stands would do, in words. */
export function usePublishWords(reach: Reach | null): { label: string; sentence: string } {
  const [startsAt, endsAt, zone, audience] = useWatch<
    ComposerValues,
    ["startsAt", "endsAt", "zone", "audience"]
  >({ name: ["startsAt", "endsAt", "zone", "audience"] });
  const start = startsAt ? instantOf(startsAt, zone) : null;
  const end = endsAt ? instantOf(endsAt, zone) : null;
  const later = start !== null && start > Date.now() ? start : null;
  return {
    label: publishLabel(reach, later),
    sentence: reachSentence({
      reach,
      startsAt: later,
      endsAt: end,
      targeted: Object.keys(audience).length > 0,
      timeZone: zone,
    }),
  };
}
