"use client";

import { Controller, type FieldErrors, useFormContext, useWatch } from "react-hook-form";
import { Disclosure } from "@/components/ui/disclosure";
import { missingTranslations } from "@/core/locale";
import { useDashboard } from "../context";
import { formatCount, formatShortTime, plural } from "../format";
import { useNow } from "../use-now";
import { instantOf } from "../zoned-time";
import { AudienceSection } from "./audience-section";
import { audienceWords } from "./audience-words";
import { BehaviourSection } from "./behaviour-section";
import { PLACEMENT_WORDS } from "./behaviour-words";
import { LanguagesSection } from "./languages-section";
import { previewTexts } from "./preview-texts";
import type { Reach } from "./use-reach";
import { type ComposerValues, pathRulesOf } from "./values";
import { WhenSection } from "./when-section";
import { WhereSection } from "./where-section";

/** Everything beyond the words, each closed with its present state in a few words. */
export function Sections({
  reach,
  whenOpen,
  onWhenOpen,
}: {
  reach: Reach | null;
  /** The section of times, which the bar below opens too. */
  whenOpen: boolean;
  onWhenOpen: (open: boolean) => void;
}) {
  const { control, formState } = useFormContext<ComposerValues>();
  const { errors } = formState;
  const hasError = (...names: (keyof ComposerValues)[]) => names.some((name) => errors[name]);
  return (
    <div className="border-line border-b">
      <Disclosure
        title="Behaviour"
        summary={<BehaviourSummary />}
        forceOpen={hasError("placement", "priority")}
      >
        <BehaviourSection />
      </Disclosure>
      <Disclosure
        title="Who sees it"
        summary={<AudienceSummary reach={reach} />}
        forceOpen={hasError("audience")}
      >
        <Controller
          control={control}
          name="audience"
          render={({ field }) => (
            <AudienceSection
              value={field.value}
              onChange={field.onChange}
              error={firstMessage(errors.audience)}
            />
          )}
        />
      </Disclosure>
      <Disclosure title="Where" summary={<WhereSummary />} forceOpen={hasError("paths")}>
        <WhereSection />
      </Disclosure>
      <Disclosure
        title="When"
        summary={<WhenSummary />}
        open={whenOpen}
        onOpenChange={onWhenOpen}
        forceOpen={hasError("startsAt", "endsAt", "zone")}
      >
        <WhenSection />
      </Disclosure>
      <Disclosure
        title="Languages"
        summary={<LanguagesSummary />}
        forceOpen={hasError("translations")}
      >
        <LanguagesSection />
      </Disclosure>
    </div>
  );
}

function BehaviourSummary() {
  const [dismissible, replace, placement] = useWatch<
    ComposerValues,
    ["dismissible", "replace", "placement"]
  >({ name: ["dismissible", "replace", "placement"] });
  return [
    dismissible ? "Dismissible" : "Stays until its end",
    PLACEMENT_WORDS[placement].toLowerCase(),
    replace ? "replaces what is live" : null,
  ]
    .filter(Boolean)
    .join(" · ");
}

function AudienceSummary({ reach }: { reach: Reach | null }) {
  const audience = useWatch<ComposerValues, "audience">({ name: "audience" });
  return (
    <>
      {audienceWords(audience)}
      {reach === null ? null : <span className="nums"> · {formatCount(reach.count)} now</span>}
    </>
  );
}

function WhereSummary() {
  const rules = pathRulesOf(useWatch<ComposerValues, "paths">({ name: "paths" }));
  if (rules === null) return "All pages";
  return rules.length === 1 ? rules[0] : plural(rules.length, "rule", "rules");
}

function WhenSummary() {
  const [startsAt, endsAt, zone] = useWatch<ComposerValues, ["startsAt", "endsAt", "zone"]>({
    name: ["startsAt", "endsAt", "zone"],
  });
  const now = useNow(60_000) ?? 0;
  const written = (wall: string) => {
    const at = wall ? instantOf(wall, zone) : null;
    return at === null ? null : formatShortTime(at, now, zone);
  };
  const end = written(endsAt);
  const words = `${written(startsAt) ?? "Now"} → ${end ?? "no end"}`;
  return startsAt || endsAt ? `${words} ${zone.split("/").at(-1)?.replaceAll("_", " ")}` : words;
}

function LanguagesSummary() {
  const { defaultLocale } = useDashboard().workspace;
  const { getValues } = useFormContext<ComposerValues>();
  // Any of the texts may change what is missing.
  useWatch<ComposerValues>();
  const values = getValues();
  const locales = values.translations.map(({ locale }) => locale);
  const missing = new Set(
    missingTranslations(previewTexts(values), locales).map(({ locale }) => locale),
  );
  const words = locales.map((locale) => `${locale} ${missing.has(locale) ? "incomplete" : "✓"}`);
  return [`${defaultLocale} ✓`, ...words].join(" · ");
}

/** The first message anywhere in a tree of errors. */
function firstMessage(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const tree: FieldErrors = error;
  if (typeof tree.message === "string") return tree.message;
  return Object.values(tree).map(firstMessage).find(Boolean);
}
