import type { ReactNode } from "react";
import type { BroadcastView } from "@/core/api/broadcasts";
import { audienceWords } from "../composer/audience-words";
import { PLACEMENT_WORDS, PRIORITY_WORDS } from "../composer/behaviour-words";
import { languageName } from "../composer/languages";
import { LevelBadge } from "../level";
import { AbsoluteTime, RelativeTime } from "../time";

/** Everything about a broadcast that is not its words. */
export function Facts({ broadcast }: { broadcast: BroadcastView }) {
  const { level, audience, paths, startsAt, endsAt, publishedAt, priority, placement } = broadcast;
  const { dismissible, translations, createdByName, createdAt, replace } = broadcast;
  const languages = Object.keys(translations ?? {});
  return (
    <dl className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-x-4 gap-y-2.5 px-4 py-4 text-sm">
      <Fact label="Level">
        <LevelBadge level={level} />
      </Fact>
      <Fact label="Audience">
        {audience?.only === undefined ? audienceWords(audience ?? {}) : "Its author only (a test)"}
      </Fact>
      <Fact label="Pages">{paths ? paths.join(", ") : "All pages"}</Fact>
      <Fact label="Start">
        {startsAt ? (
          <AbsoluteTime at={Date.parse(startsAt)} />
        ) : publishedAt ? (
          <AbsoluteTime at={Date.parse(publishedAt)} />
        ) : (
          "When published"
        )}
      </Fact>
      <Fact label="End">{endsAt ? <AbsoluteTime at={Date.parse(endsAt)} /> : "No end"}</Fact>
      <Fact label="Placement">{PLACEMENT_WORDS[placement]}</Fact>
      <Fact label="Priority">{PRIORITY_WORDS[priority]}</Fact>
      <Fact label="Dismissible">{dismissible ? "Yes" : "No"}</Fact>
      {replace ? <Fact label="Replaces">What was live at its start</Fact> : null}
      {languages.length > 0 ? (
        <Fact label="Languages">{languages.map(languageName).join(", ")}</Fact>
      ) : null}
      <Fact label="Written by">
        {createdByName}, <RelativeTime at={Date.parse(createdAt)} />
      </Fact>
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
