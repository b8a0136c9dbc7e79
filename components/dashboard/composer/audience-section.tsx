"use client";

import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { FieldError } from "@/components/ui/field";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { Segmented } from "@/components/ui/segmented";
import { TokenInput } from "@/components/ui/token-input";
import type { Audience } from "@/core/audience";
import { TraitConditions } from "./trait-conditions";

type Kind = "everyone" | "signed-in" | "anonymous" | "team";
type Condition = "roles" | "traits" | "locales" | "percentage" | "include" | "exclude";

const KINDS = [
  { value: "everyone", label: "Everyone" },
  { value: "signed-in", label: "Signed in" },
  { value: "anonymous", label: "Anonymous" },
  { value: "team", label: "Team only" },
] as const;

const ADDABLE: readonly { condition: Condition; label: string; first: Partial<Audience> }[] = [
  {
    condition: "traits",
    label: "Trait",
    first: { traits: [{ trait: "plan", op: "is", value: "" }] },
  },
  { condition: "roles", label: "Role", first: { roles: [] } },
  { condition: "locales", label: "Language", first: { locales: [] } },
  { condition: "percentage", label: "Percentage", first: { percentage: 20 } },
  { condition: "include", label: "Always these users", first: { include: [] } },
  { condition: "exclude", label: "Never these users", first: { exclude: [] } },
];

export interface AudienceSectionProps {
  value: Audience;
  onChange: (audience: Audience) => void;
  error?: string | undefined;
}

/** Who sees a broadcast, as conditions that all must hold ([AUD1]). */
export function AudienceSection({ value, onChange, error }: AudienceSectionProps) {
  const set = (change: Partial<Audience>) => onChange(withoutUndefined({ ...value, ...change }));
  const without = (condition: Condition) => () => set({ [condition]: undefined });
  const missing = ADDABLE.filter(({ condition }) => value[condition] === undefined);
  return (
    <div className="grid gap-4">
      <Segmented
        label="Who sees it"
        value={kindOf(value)}
        onChange={(kind) => set(fieldsOf(kind))}
        segments={KINDS}
        className="justify-self-start max-sm:grid max-sm:w-full max-sm:grid-cols-2"
      />
      {value.traits ? (
        <Row label="Traits" onRemove={without("traits")}>
          <TraitConditions value={value.traits} onChange={(traits) => set({ traits })} />
        </Row>
      ) : null}
      <Tokens
        label="Role is any of"
        value={value.roles}
        onChange={(roles) => set({ roles })}
        onRemove={without("roles")}
        placeholder="admin, editor"
      />
      <Tokens
        label="Language is any of"
        value={value.locales}
        onChange={(locales) => set({ locales })}
        onRemove={without("locales")}
        placeholder="fr, pt-BR"
      />
      {value.percentage === undefined ? null : (
        <Row label="Share of people" onRemove={without("percentage")}>
          <Percentage value={value.percentage} onChange={(percentage) => set({ percentage })} />
        </Row>
      )}
      <Tokens
        label="Always shown to"
        value={value.include}
        onChange={(include) => set({ include })}
        onRemove={without("include")}
        placeholder="User ids, as in your tokens"
      />
      <Tokens
        label="Never shown to"
        value={value.exclude}
        onChange={(exclude) => set({ exclude })}
        onRemove={without("exclude")}
        placeholder="User ids, as in your tokens"
      />
      {error ? <FieldError>{error}</FieldError> : null}
      {missing.length > 0 ? (
        <Menu>
          <MenuTrigger asChild>
            <Button size="sm" className="justify-self-start">
              <Plus aria-hidden />
              Add condition
            </Button>
          </MenuTrigger>
          <MenuContent align="start">
            {missing.map(({ condition, label, first }) => (
              <MenuItem key={condition} onSelect={() => set(first)}>
                {label}
              </MenuItem>
            ))}
          </MenuContent>
        </Menu>
      ) : null}
    </div>
  );
}

function Row({
  label,
  onRemove,
  children,
}: {
  label: string;
  onRemove: () => void;
  children: ReactNode;
}) {
  return (
    <fieldset className="grid min-w-0 gap-1.5">
      <div className="flex items-center justify-between">
        <legend className="contents font-medium text-sm">{label}</legend>
        <Button
          look="quiet"
          size="icon-sm"
          onClick={onRemove}
          aria-label={`Remove the condition: ${label}`}
          className="-my-1"
        >
          <X aria-hidden />
        </Button>
      </div>
      {children}
    </fieldset>
  );
}

function Tokens({
  label,
  value,
  onChange,
  onRemove,
  placeholder,
}: {
  label: string;
  value: string[] | undefined;
  onChange: (value: string[]) => void;
  onRemove: () => void;
  placeholder: string;
}) {
  if (value === undefined) return null;
  return (
    <Row label={label} onRemove={onRemove}>
      <TokenInput aria-label={label} value={value} onChange={onChange} placeholder={placeholder} />
    </Row>
  );
}

function Percentage({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  return (
    <div className="flex items-center gap-3">
      <input
        type="range"
        min={0}
        max={100}
        value={value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
        aria-label="Share of people in per cent"
        aria-valuetext={`${value} per cent`}
        className="h-6 flex-1 accent-focus"
      />
      <span className="nums w-10 text-right text-sm">{value} %</span>
    </div>
  );
}

function kindOf({ teamOnly, signedIn }: Audience): Kind {
  return teamOnly ? "team" : (signedIn ?? "everyone");
}

function fieldsOf(kind: Kind): Partial<Audience> {
  if (kind === "team") return { teamOnly: true, signedIn: undefined };
  return { teamOnly: undefined, signedIn: kind === "everyone" ? undefined : kind };
}

function withoutUndefined(audience: Audience): Audience {
  return Object.fromEntries(Object.entries(audience).filter(([, rule]) => rule !== undefined));
}
