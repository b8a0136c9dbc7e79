import { z } from "zod";
import { countChars, hasForbiddenCharacters, isBlank, normalizeText } from "../text";

/**
 * Text that must say something. Normalized before it is counted, so that a limit means the same
 * here, in the composer and in the database ([BC1]). `overwrite` keeps it a plain string for
 * OpenAPI.
 * @param name as messages call it: "Broadcast message cannot be empty"
 * @param limit in code points
 */
export function boundedText(name: string, limit: number) {
  return someText(name, limit)
    .refine((text) => !isBlank(text), { error: `${name} cannot be empty` })
    .meta({ minLength: 1, maxLength: limit });
}

/** Text that may be absent: what shows nothing comes out as `""`. */
export function optionalText(name: string, limit: number) {
  return someText(name, limit)
    .overwrite((text) => (isBlank(text) ? "" : text))
    .meta({ maxLength: limit })
    .nullable();
}

function someText(name: string, limit: number) {
  return z
    .string({
      error: ({ input }) =>
        input === undefined || input === null ? `${name} cannot be empty` : `${name} must be text`,
    })
    .overwrite(normalizeText)
    .superRefine((text, context) => {
      const length = countChars(text);
      if (length > limit) {
        context.addIssue(`${name} is too long: ${length} characters, the limit is ${limit}`);
      }
      if (hasForbiddenCharacters(text)) {
        context.addIssue(`${name} contains characters that are not text`);
      }
    });
}
