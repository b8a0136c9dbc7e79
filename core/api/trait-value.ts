import { z } from "zod";
import type { TraitValue } from "../traits";

/** What a token, a session or a made-up viewer says of one trait: JSON without objects. */
export const traitValue: z.ZodType<TraitValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(traitValue)]),
);
