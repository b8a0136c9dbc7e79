import { z } from "zod";
import { LEVELS } from "@/core/broadcast";
import { type ListQuery, TAB_NAMES } from "./broadcast-filters";

const one = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value[0] : value), schema);

/** The list's address: anything it does not know counts as absent. */
export const listQuery: z.ZodType<ListQuery> = z.object({
  tab: one(z.enum(TAB_NAMES)).catch("all"),
  level: one(z.enum(LEVELS).optional()).catch(undefined),
  search: one(z.string().trim().max(200)).catch(""),
  cursor: one(z.string().max(500).optional()).catch(undefined),
});
