"use client";

import { Eye, EyeOff } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { sentenceOf } from "../api/client";
import { useBroadcastApi } from "../api/use-api";

interface Verdict {
  subject: string;
  sees: boolean;
  reasons: string[];
}

/** Why a given user does or does not see it ([AUD4]). Nothing is changed by asking. */
export function WhyForm({ id }: { id: string }) {
  const api = useBroadcastApi();
  const [subject, setSubject] = useState("");
  const [traits, setTraits] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const [verdict, setVerdict] = useState<Verdict | null>(null);

  const ask = async (event: FormEvent) => {
    event.preventDefault();
    const name = subject.trim();
    if (!name) return setError("Enter a user id");
    const parsed = traitsOf(traits);
    if (parsed === null) return setError("Traits are written as plan=pro, seats=12");
    setBusy(true);
    setError(undefined);
    try {
      const [first] = await api.why(id, { subject: name, traits: parsed });
      setVerdict(first ? { ...first, subject: name } : null);
    } catch (cause) {
      setError(sentenceOf(cause));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={ask} className="grid gap-4 px-4 py-4">
      <div className="grid gap-4 sm:grid-cols-[1fr_1.4fr_auto] sm:items-end">
        <Field label="User id" error={error}>
          <Input
            value={subject}
            onChange={(event) => setSubject(event.target.value)}
            placeholder="u_42"
            spellCheck={false}
            autoComplete="off"
          />
        </Field>
        <Field label="Traits" note="optional">
          <Input
            value={traits}
            onChange={(event) => setTraits(event.target.value)}
            placeholder="plan=pro, seats=12"
            spellCheck={false}
            autoComplete="off"
          />
        </Field>
        <Button type="submit" busy={busy} className="h-9">
          Ask
        </Button>
      </div>
      <div role="status">
        {verdict ? (
          <div className="grid gap-1.5 text-sm">
            <p className="flex items-center gap-2 font-medium">
              {verdict.sees ? (
                <Eye aria-hidden className="size-4 text-live-ink" />
              ) : (
                <EyeOff aria-hidden className="size-4 text-ink-3" />
              )}
              {verdict.sees ? `${verdict.subject} sees it` : `${verdict.subject} does not see it`}
            </p>
            <ul className="grid gap-0.5 pl-6 text-ink-2">
              {verdict.reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          </div>
        ) : null}
      </div>
    </form>
  );
}

/** `plan=pro, seats=12` as traits; null where it is not written so. */
function traitsOf(text: string): Record<string, string> | null {
  const pairs = text
    .split(",")
    .map((pair) => pair.trim())
    .filter(Boolean)
    .map((pair) => pair.split("=").map((part) => part.trim()));
  if (pairs.some((pair) => pair.length !== 2 || pair[0] === "")) return null;
  return Object.fromEntries(pairs.map(([trait = "", value = ""]) => [trait, value]));
}
