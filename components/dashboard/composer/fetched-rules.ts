import type { Resolver } from "react-hook-form";
import type { ComposerValues } from "./values";

/** The rules with their schemas, fetched behind the page that can be written in without them. */
export const fetchRules = () => import("./validation");

/** The rules at their fields. Where they cannot be fetched the server, which has the same, decides. */
export const fetchedResolver: Resolver<ComposerValues> = async (values, context, options) => {
  const rules = await fetchRules().catch(() => null);
  return rules?.composerResolver(values, context, options) ?? { values, errors: {} };
};
