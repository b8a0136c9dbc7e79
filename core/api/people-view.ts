import { z } from "zod";
import { ROLES } from "../roles";
import { time } from "./time";

const role = z.enum(ROLES);

export const memberView = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  role,
  joinedAt: time,
});

export const invitationView = z.object({
  id: z.string(),
  email: z.string(),
  role,
  status: z.enum(["pending", "accepted", "canceled"]),
  inviterName: z.string(),
  /** Where the invited person goes, on the dashboard's origin. */
  path: z.string(),
  createdAt: time,
  expiresAt: time,
});

export const apiKeyView = z.object({
  id: z.string(),
  name: z.string(),
  /** Its first characters. */
  prefix: z.string(),
  role,
  createdAt: time,
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
});

/** The only answer that ever has the key itself. */
export const newApiKeyView = apiKeyView.extend({ key: z.string() });

export const tokenSecretView = z.object({ id: z.string(), secret: z.string() });
export const listedTokenSecretView = tokenSecretView.extend({ createdAt: time });

export const workspaceView = z.object({ id: z.string(), slug: z.string(), name: z.string() });
