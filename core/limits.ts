/** Numbers that belong to what a broadcast is. Source: SPEC [BC1], [BC11], [PUB8], § 6. */
export const LIMITS = {
  /** Code points of a message, after NFC and trimming. */
  messageChars: 280,
  /** Longer messages are allowed and discouraged. */
  messageCharsRecommended: 120,
  titleChars: 80,
  actionLabelChars: 40,
  urlChars: 2048,
  /** Live or scheduled broadcasts of one workspace. */
  liveBroadcasts: 50,
  translations: 20,
  explicitUsers: 1000,
  /** One broadcast as JSON. */
  rowBytes: 32 * 1024,
  pathRules: 50,
  audienceConditions: 50,
  /** `sub` of a user token, in characters. */
  subjectChars: 256,
  nameChars: 80,
  /** `name`, `roles`, `traits` and `locale` of a user token together, as JSON. */
  traitsBytes: 4096,
  snoozeSecondsMin: 60,
  snoozeSecondsMax: 30 * 24 * 3600,
  defaultRetentionDays: 7,
  anonymousDays: 400,
} as const;
