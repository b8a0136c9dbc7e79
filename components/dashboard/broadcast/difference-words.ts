import { audienceSchema } from "@/core/api/audience";
import { audienceWords } from "../composer/audience-words";
import { languageName } from "../composer/languages";
import { formatDateTime } from "../format";

const NAMES: Record<string, string> = {
  level: "Level",
  title: "Title",
  message: "Message",
  action: "Button",
  dismissible: "Dismissible",
  priority: "Priority",
  placement: "Placement",
  audience: "Audience",
  paths: "Pages",
  replace: "Replaces others",
  startsAt: "Start",
  endsAt: "End",
};

const TEXT_NAMES: Record<string, string> = {
  title: "Title",
  message: "Message",
  actionLabel: "Button label",
};

/** `translations.fr.title` → `Title in French`. */
export function fieldName(field: string): string {
  const [head = "", locale = "", text = ""] = field.split(".");
  if (head !== "translations") return NAMES[head] ?? field;
  return `${TEXT_NAMES[text] ?? text} in ${languageName(locale)}`;
}

/** A field's value in words; times on the given zone's clock. */
export function valueWords(field: string, value: unknown, timeZone: string): string {
  if (field === "audience") return audienceValue(value);
  if (value === null || value === undefined || value === "") return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") {
    return field.endsWith("At") ? formatDateTime(value, timeZone) : String(value);
  }
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object") return Object.values(value).join(" → ");
  return String(value);
}

function audienceValue(value: unknown): string {
  const parsed = audienceSchema.nullish().safeParse(value);
  return parsed.success ? audienceWords(parsed.data ?? {}) : "rules of another version";
}
