import { z } from "zod";

/** What is no id names nothing: it is "not found", not a bad request. */
export const idParams = z.object({ id: z.string().max(200) });
export const nothing = z.object({});
