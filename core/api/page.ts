import { z } from "zod";

const PAGE_LIMIT = 100;

/** `?limit=&cursor=` of every list. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_LIMIT)
    .default(25)
    .meta({ description: `Entries on a page, at most ${PAGE_LIMIT}.` }),
  cursor: z
    .string()
    .max(500)
    .optional()
    .transform((cursor) => cursor || null)
    .meta({ description: "`next` of the page before." }),
};

/** `next` of every list. */
export const nextCursor = z
  .string()
  .nullable()
  .meta({ description: "Cursor of the following page; null at the end." });

/** `a,b` as a list of these; nothing = absent. */
export function commaList<T extends Record<string, string>>(item: z.ZodEnum<T>) {
  return z
    .string()
    .max(500)
    .optional()
    .transform((text) => (text ? text.split(",").map((part) => part.trim()) : undefined))
    .pipe(z.array(item).optional())
    .meta({
      description: `One or more, with commas between: ${item.options.map((each) => `\`${each}\``).join(", ")}.`,
    });
}
