"use client";

import { useState } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import { Select } from "@/components/ui/input";
import { useDashboard } from "../context";
import { languageName } from "./languages";
import { Preview } from "./preview";
import { previewBroadcast } from "./preview-broadcast";
import { usePublishWords } from "./use-publish-words";
import type { Reach } from "./use-reach";
import type { ComposerValues } from "./values";

/** The composer's form as a recipient will see it. */
export function LivePreview({ reach }: { reach: Reach | null }) {
  const { getValues } = useFormContext<ComposerValues>();
  // Any field may change how it looks.
  useWatch<ComposerValues>();
  const values = getValues();
  const { user, workspace } = useDashboard();
  const locales = values.translations.map(({ locale }) => locale);
  const [chosen, setChosen] = useState("");
  const locale = locales.includes(chosen) ? chosen : "";
  const { sentence } = usePublishWords(reach);
  return (
    <Preview
      sticky
      caption={sentence}
      broadcast={previewBroadcast(
        values,
        locale || null,
        workspace.defaultLocale,
        user.name,
        Date.now(),
      )}
      languages={
        locales.length > 0 ? (
          <Select
            aria-label="Language"
            value={locale}
            onChange={(event) => setChosen(event.target.value)}
            className="w-36 [&_select]:h-8 [&_select]:text-sm"
          >
            <option value="">{languageName(workspace.defaultLocale)}</option>
            {locales.map((each) => (
              <option key={each} value={each}>
                {languageName(each)}
              </option>
            ))}
          </Select>
        ) : null
      }
    />
  );
}
