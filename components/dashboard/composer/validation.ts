import type { FieldErrors, Resolver } from "react-hook-form";
import { type BroadcastFields, broadcastFields } from "@/core/api/broadcasts";
import type { ComposerValues } from "./values";
import { inputOf } from "./values";

export interface FieldIssue {
  /** Path in the form: `translations.0.message`. */
  field: string;
  message: string;
}

/** By the schema that the server validates with; issues come out at the form's fields. */
export function checkComposer(values: ComposerValues): {
  content: BroadcastFields | null;
  issues: FieldIssue[];
} {
  const parsed = broadcastFields.safeParse(inputOf(values));
  if (parsed.success) return { content: parsed.data, issues: [] };
  const issues = parsed.error.issues.map(({ path, message }) => ({
    field: fieldOf(path.map(String), values),
    message,
  }));
  return { content: null, issues };
}

/** `action.label` → `actionLabel`, `translations.fr.title` → `translations.0.title`. */
export function fieldOf(path: readonly string[], values: ComposerValues): string {
  const [head = "", second = "", third = ""] = path;
  if (head === "action") return second === "url" ? "actionUrl" : "actionLabel";
  if (head === "translations") {
    const index = values.translations.findIndex(({ locale }) => locale === second);
    return index < 0 ? "translations" : ["translations", index, third || "locale"].join(".");
  }
  return head === "type" ? "level" : head || "root";
}

export const composerResolver: Resolver<ComposerValues> = (values) => {
  const { issues } = checkComposer(values);
  return issues.length === 0 ? { values, errors: {} } : { values: {}, errors: errorsOf(issues) };
};

/** The first issue of each field, in the nested form that react-hook-form keeps errors in. */
function errorsOf(issues: readonly FieldIssue[]): FieldErrors<ComposerValues> {
  const errors: Record<string, unknown> = {};
  for (const { field, message } of issues) {
    place(errors, field.split("."), { type: "invalid", message });
  }
  return errors;
}

function place(into: Record<string, unknown>, path: readonly string[], error: unknown): void {
  const [head = "root", ...rest] = path;
  if (rest.length === 0) {
    into[head] ??= error;
    return;
  }
  const present = into[head];
  const inner: Record<string, unknown> = isRecord(present) ? present : {};
  into[head] = inner;
  place(inner, rest, error);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
