import { z } from "zod";
import { LIMITS } from "../limits";
import { ROLES } from "../roles";
import { boundedText } from "./text";

/** Shortest and longest password of a dashboard account, in characters. */
export const PASSWORD_CHARS = { min: 10, max: 128 } as const;

/** Compared in lower case everywhere. */
const email = z.email({ error: "Must be an e-mail address" }).max(254).toLowerCase();
const name = boundedText("Name", LIMITS.nameChars);
const password = z
  .string()
  .min(PASSWORD_CHARS.min, { error: `Must have at least ${PASSWORD_CHARS.min} characters` })
  .max(PASSWORD_CHARS.max, { error: `Must have at most ${PASSWORD_CHARS.max} characters` });
const role = z.enum(ROLES);
/** An API key or an invitation never makes an owner. */
const grantableRole = role.exclude(["owner"]);

/** The first owner ([SEC2]). */
export const setupInput = z.object({
  /** Of the link that the server printed. */
  token: z.string().max(200),
  name,
  email,
  password,
  workspaceName: boundedText("Workspace name", LIMITS.nameChars),
});
export type SetupInput = z.output<typeof setupInput>;

export const inviteInput = z.object({ email, role: grantableRole });
export type InviteInput = z.output<typeof inviteInput>;

/** Someone with an account already gives the password of that account, and keeps its name. */
export const acceptInvitationInput = z.object({ id: z.string().max(100), name, password });
export type AcceptInvitationInput = z.output<typeof acceptInvitationInput>;

export const changeRoleInput = z.object({ userId: z.string().max(100), role });
export type ChangeRoleInput = z.output<typeof changeRoleInput>;

export const createApiKeyInput = z.object({
  name,
  role: grantableRole.default("publisher"),
  /** When it stops working; null = when it is revoked. */
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
});
export type CreateApiKeyInput = z.output<typeof createApiKeyInput>;

export const createWorkspaceInput = z.object({
  name: boundedText("Workspace name", LIMITS.nameChars),
  /** Its public name: `?workspace=`, `data-workspace`. Never changes. */
  slug: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/, {
    error: "Must be 1 to 48 lower-case letters, digits and hyphens",
  }),
});
export type CreateWorkspaceInput = z.output<typeof createWorkspaceInput>;

/** Typed out, so that nobody deletes the wrong one. */
export const deleteWorkspaceInput = z.object({
  /** The workspace's public name. */
  confirm: z.string().max(100),
});
