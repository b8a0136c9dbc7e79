import type { Broadcast } from "@/core/broadcast";
import type { Localizable } from "@/core/locale";
import { safeUrl } from "@/core/markdown";
import { isBlank } from "@/core/text";
import type { ComposerValues } from "./values";

/** The texts alone, as they would be sent. */
export function previewTexts(values: ComposerValues): Localizable {
  return {
    title: values.title.trim() || null,
    message: values.message,
    action: actionOf(values),
    translations: translationsOf(values),
  };
}

function actionOf({ hasAction, actionLabel, actionUrl }: ComposerValues) {
  const label = actionLabel.trim();
  if (!hasAction || !label) return null;
  return { label, url: safeUrl(actionUrl.trim()) ?? "/" };
}

/** Empty text falls back, as it will when it is sent. */
function translationsOf({ translations }: ComposerValues): Broadcast["translations"] {
  return Object.fromEntries(
    translations.map(({ locale, title, message, actionLabel }) => [
      locale,
      {
        ...(title.trim() && { title: title.trim() }),
        ...(!isBlank(message) && { message }),
        ...(actionLabel.trim() && { actionLabel: actionLabel.trim() }),
      },
    ]),
  );
}
