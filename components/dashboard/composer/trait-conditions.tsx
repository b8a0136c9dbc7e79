"use client";

import { Plus, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Input, Select } from "@/components/ui/input";
import { TokenInput } from "@/components/ui/token-input";
import { TRAIT_OPERATORS, type TraitCondition, type TraitOperator } from "@/core/audience";
import { OPERATOR_WORDS } from "./audience-words";

/** Conditions on the traits of the signed token; a value is text, and compared as what it says. */
export function TraitConditions({
  value,
  onChange,
}: {
  value: TraitCondition[];
  onChange: (value: TraitCondition[]) => void;
}) {
  const put = (index: number, condition: TraitCondition) =>
    onChange(value.map((other, at) => (at === index ? condition : other)));
  return (
    <div className="grid gap-2">
      {value.map((condition, index) => (
        <Condition
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no other identity
          key={index}
          number={index + 1}
          value={condition}
          onChange={(changed) => put(index, changed)}
          onRemove={
            value.length > 1 ? () => onChange(value.filter((_, at) => at !== index)) : undefined
          }
        />
      ))}
      <Button
        look="quiet"
        size="sm"
        className="-ml-2 justify-self-start"
        onClick={() => onChange([...value, { trait: "", op: "is", value: "" }])}
      >
        <Plus aria-hidden />
        And another trait
      </Button>
    </div>
  );
}

function Condition({
  number,
  value,
  onChange,
  onRemove,
}: {
  number: number;
  value: TraitCondition;
  onChange: (value: TraitCondition) => void;
  onRemove: (() => void) | undefined;
}) {
  const { trait, op } = value;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Input
        aria-label={`Trait ${number}`}
        value={trait}
        onChange={(event) => onChange({ ...value, trait: event.target.value })}
        placeholder="plan"
        className="min-w-24 flex-1 basis-24 font-mono text-sm"
      />
      <Select
        aria-label={`Operator ${number}`}
        value={op}
        onChange={(event) => onChange(withOperator(value, event.target.value))}
        className="w-32"
      >
        {TRAIT_OPERATORS.map((each) => (
          <option key={each} value={each}>
            {OPERATOR_WORDS[each]}
          </option>
        ))}
      </Select>
      <ValueInput number={number} value={value} onChange={onChange} />
      {onRemove ? (
        <Button look="quiet" size="icon" onClick={onRemove} aria-label={`Remove trait ${number}`}>
          <X aria-hidden />
        </Button>
      ) : null}
    </div>
  );
}

function ValueInput({
  number,
  value,
  onChange,
}: {
  number: number;
  value: TraitCondition;
  onChange: (value: TraitCondition) => void;
}) {
  if (value.op === "exists") return null;
  const label = `Value ${number}`;
  if (Array.isArray(value.value)) {
    return (
      <div className="min-w-32 flex-1 basis-32">
        <TokenInput
          aria-label={label}
          value={value.value.map(String)}
          onChange={(tokens) => onChange({ ...value, value: tokens })}
        />
      </div>
    );
  }
  return (
    <Input
      aria-label={label}
      value={String(value.value ?? "")}
      onChange={(event) => onChange({ ...value, value: event.target.value })}
      className="min-w-24 flex-1 basis-24"
    />
  );
}

/** The same condition with another operator, its value in the form that operator takes. */
function withOperator({ trait, value }: TraitCondition, chosen: string): TraitCondition {
  const op: TraitOperator = TRAIT_OPERATORS.find((each) => each === chosen) ?? "is";
  const texts = (Array.isArray(value) ? value : [value ?? ""]).map(String);
  if (op === "exists") return { trait, op };
  if (op === "one_of") return { trait, op, value: texts.filter(Boolean) };
  return { trait, op, value: texts[0] ?? "" };
}
