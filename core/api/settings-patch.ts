import { z } from "zod";
import { workspaceSettings } from "./settings";

const { shape } = workspaceSettings;

/**
 * A change of settings: what is absent stays. Made of the inner types, because a default would
 * reset what was not mentioned.
 */
export const settingsPatch = z.strictObject({
  allowedOrigins: shape.allowedOrigins.unwrap().optional(),
  anonymousAllowed: shape.anonymousAllowed.unwrap().optional(),
  timeZone: shape.timeZone.unwrap().optional(),
  stackSize: shape.stackSize.unwrap().optional(),
  retentionDays: shape.retentionDays.unwrap().optional(),
  embedEnabled: shape.embedEnabled.unwrap().optional(),
  defaultLocale: shape.defaultLocale.unwrap().optional(),
  jwksUrl: shape.jwksUrl.unwrap().optional(),
});
export type SettingsPatch = z.output<typeof settingsPatch>;
