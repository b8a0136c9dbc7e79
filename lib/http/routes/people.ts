import { z } from "zod";
import {
  changeRoleInput,
  createApiKeyInput,
  createWorkspaceInput,
  deleteWorkspaceInput,
  inviteInput,
} from "@/core/api/people";
import {
  apiKeyView,
  invitationView,
  listedTokenSecretView,
  memberView,
  newApiKeyView,
  tokenSecretView,
  workspaceView,
} from "@/core/api/people-view";
import { isoOf } from "@/core/api/time";
import { createApiKey, listApiKeys, revokeApiKey } from "@/lib/auth/api-key";
import { addTokenSecret, listTokenSecrets, revokeTokenSecret } from "@/lib/auth/token-secret";
import { createWorkspace } from "@/lib/team/create-workspace";
import { deleteWorkspace } from "@/lib/team/delete-workspace";
import { cancelInvitation, inviteMember, listInvitations } from "@/lib/team/invitations";
import { changeRole, listMembers, removeMember } from "@/lib/team/members";
import { peopleRoute } from "../route";
import { toApiKeyView, toInvitationView, toMemberView } from "../views";
import { idParams, nothing } from "./parameters";

const TEAM = "Team";
const KEYS = "API keys";
const SECRETS = "Token secrets";
const done = z.object({});
const userParams = z.object({ userId: z.string().max(100) });
const slugParams = z.object({ slug: z.string().max(100) });

export const listMembersRoute = peopleRoute(
  {
    method: "GET",
    path: "/api/v1/members",
    tag: TEAM,
    summary: "The people of the workspace, by name.",
    access: "manage",
    input: nothing,
    answer: z.object({ members: z.array(memberView) }),
  },
  async ({ ctx }) => ({ body: { members: (await listMembers(ctx)).map(toMemberView) } }),
);

export const changeRoleRoute = peopleRoute(
  {
    method: "PATCH",
    path: "/api/v1/members/{userId}",
    tag: TEAM,
    summary: "Gives a person another role.",
    access: "manage",
    input: z.object({ params: userParams, body: changeRoleInput.pick({ role: true }) }),
    answer: memberView,
  },
  async ({ ctx, input }) => {
    const member = await changeRole(ctx, { ...input.params, ...input.body });
    return { body: toMemberView(member) };
  },
);

export const removeMemberRoute = peopleRoute(
  {
    method: "DELETE",
    path: "/api/v1/members/{userId}",
    tag: TEAM,
    summary: "Takes a person out of the workspace and closes what they have open.",
    // Everybody may leave; the verb knows who it is about.
    access: "read",
    input: z.object({ params: userParams }),
    answer: done,
  },
  async ({ ctx, input }) => {
    await removeMember(ctx, input.params);
    return { body: {} };
  },
);

export const listInvitationsRoute = peopleRoute(
  {
    method: "GET",
    path: "/api/v1/invitations",
    tag: TEAM,
    summary: "Invitations, newest first, settled ones included.",
    access: "manage",
    input: nothing,
    answer: z.object({ invitations: z.array(invitationView) }),
  },
  async ({ ctx }) => ({
    body: { invitations: (await listInvitations(ctx)).map(toInvitationView) },
  }),
);

export const inviteMemberRoute = peopleRoute(
  {
    method: "POST",
    path: "/api/v1/invitations",
    tag: TEAM,
    summary: "Makes a link by which somebody joins the workspace; no mail is sent.",
    access: "manage",
    input: z.object({ body: inviteInput }),
    answer: invitationView,
    status: 201,
  },
  async ({ ctx, input }) => ({ body: toInvitationView(await inviteMember(ctx, input.body)) }),
);

export const cancelInvitationRoute = peopleRoute(
  {
    method: "DELETE",
    path: "/api/v1/invitations/{id}",
    tag: TEAM,
    summary: "Makes an invitation's link stop working.",
    access: "manage",
    input: z.object({ params: idParams }),
    answer: done,
  },
  async ({ ctx, input }) => {
    await cancelInvitation(ctx, input.params);
    return { body: {} };
  },
);

export const listApiKeysRoute = peopleRoute(
  {
    method: "GET",
    path: "/api/v1/api-keys",
    tag: KEYS,
    summary: "API keys, newest first, revoked ones included; never the keys themselves.",
    access: "manage",
    input: nothing,
    answer: z.object({ apiKeys: z.array(apiKeyView) }),
  },
  async ({ ctx }) => ({ body: { apiKeys: (await listApiKeys(ctx)).map(toApiKeyView) } }),
);

export const createApiKeyRoute = peopleRoute(
  {
    method: "POST",
    path: "/api/v1/api-keys",
    tag: KEYS,
    summary: "A new API key; this answer is the only one that has it.",
    access: "manage",
    input: z.object({ body: createApiKeyInput }),
    answer: newApiKeyView,
    status: 201,
  },
  async ({ ctx, input }) => {
    const { key, apiKey } = await createApiKey(ctx, input.body);
    return { body: { ...toApiKeyView(apiKey), key } };
  },
);

export const revokeApiKeyRoute = peopleRoute(
  {
    method: "DELETE",
    path: "/api/v1/api-keys/{id}",
    tag: KEYS,
    summary: "Makes a key stop working, and closes what it has open.",
    access: "manage",
    input: z.object({ params: idParams }),
    answer: done,
  },
  async ({ ctx, input }) => {
    await revokeApiKey(ctx, input.params);
    return { body: {} };
  },
);

export const listTokenSecretsRoute = peopleRoute(
  {
    method: "GET",
    path: "/api/v1/token-secrets",
    tag: SECRETS,
    summary: "The secrets that user tokens are signed with, for the owner.",
    access: "own",
    input: nothing,
    answer: z.object({ tokenSecrets: z.array(listedTokenSecretView) }),
  },
  async ({ ctx }) => {
    const secrets = await listTokenSecrets(ctx);
    const tokenSecrets = secrets.map(({ createdAt, ...secret }) => ({
      ...secret,
      createdAt: isoOf(createdAt),
    }));
    return { body: { tokenSecrets } };
  },
);

export const addTokenSecretRoute = peopleRoute(
  {
    method: "POST",
    path: "/api/v1/token-secrets",
    tag: SECRETS,
    summary: "A further secret; the one before stays valid until it is revoked.",
    access: "own",
    input: nothing,
    answer: tokenSecretView,
    status: 201,
  },
  async ({ ctx }) => ({ body: await addTokenSecret(ctx) }),
);

export const revokeTokenSecretRoute = peopleRoute(
  {
    method: "DELETE",
    path: "/api/v1/token-secrets/{id}",
    tag: SECRETS,
    summary: "Refuses tokens signed with it from now on, and closes what they opened.",
    access: "own",
    input: z.object({ params: idParams }),
    answer: done,
  },
  async ({ ctx, input }) => {
    await revokeTokenSecret(ctx, input.params);
    return { body: {} };
  },
);

export const makeWorkspaceRoute = peopleRoute(
  {
    method: "POST",
    path: "/api/v1/workspaces",
    tag: "Workspaces",
    summary: "A further workspace, made by an owner of the first one, who owns it too.",
    access: "own",
    input: z.object({ body: createWorkspaceInput }),
    answer: workspaceView,
    status: 201,
  },
  async ({ ctx, input }) => ({ body: await createWorkspace(ctx, input.body) }),
);

export const deleteWorkspaceRoute = peopleRoute(
  {
    method: "DELETE",
    path: "/api/v1/workspaces/{slug}",
    tag: "Workspaces",
    summary:
      "Deletes the workspace for good, with all that hangs on it but the audit log; never the first one.",
    access: "own",
    input: z.object({ params: slugParams, body: deleteWorkspaceInput }),
    answer: done,
  },
  async ({ ctx, input }) => {
    await deleteWorkspace(ctx, { ...input.params, ...input.body });
    return { body: {} };
  },
);
