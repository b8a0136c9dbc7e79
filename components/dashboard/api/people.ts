import type { z } from "zod";
import type { CreateApiKeyInput, CreateWorkspaceInput, InviteInput } from "@/core/api/people";
import {
  type apiKeyView,
  invitationView,
  type listedTokenSecretView,
  memberView,
  newApiKeyView,
  tokenSecretView,
  workspaceView,
} from "@/core/api/people-view";
import { type WorkspaceSettings, workspaceSettings } from "@/core/api/settings";
import type { SettingsPatch } from "@/core/api/settings-patch";
import type { Role } from "@/core/roles";
import { call, nothing } from "./client";

export type MemberView = z.output<typeof memberView>;
export type InvitationView = z.output<typeof invitationView>;
export type ApiKeyView = z.output<typeof apiKeyView>;
export type TokenSecretView = z.output<typeof listedTokenSecretView>;

/** The calls about people, keys and settings, in one workspace. All throw ApiError. */
export function workspaceApi(workspace: string) {
  const at = (path: string) => `/api/v1/${path}?${new URLSearchParams({ workspace })}`;
  const remove = (path: string) => call(at(path), nothing, { method: "DELETE" });
  return {
    invite: (body: InviteInput) =>
      call(at("invitations"), invitationView, { method: "POST", body }),
    cancelInvitation: (id: string) => remove(`invitations/${id}`),
    changeRole: (userId: string, role: Role) =>
      call(at(`members/${userId}`), memberView, { method: "PATCH", body: { role } }),
    removeMember: (userId: string) => remove(`members/${userId}`),
    createKey: (body: CreateApiKeyInput) =>
      call(at("api-keys"), newApiKeyView, { method: "POST", body }),
    revokeKey: (id: string) => remove(`api-keys/${id}`),
    addSecret: () => call(at("token-secrets"), tokenSecretView, { method: "POST" }),
    revokeSecret: (id: string) => remove(`token-secrets/${id}`),
    /** Of the first workspace alone; its owners may make others. */
    makeWorkspace: (body: CreateWorkspaceInput) =>
      call(at("workspaces"), workspaceView, { method: "POST", body }),
    /** For good; the name that the person has typed is this workspace's. */
    deleteWorkspace: () =>
      call(at(`workspaces/${workspace}`), nothing, {
        method: "DELETE",
        body: { confirm: workspace },
      }),
    changeSettings: (body: SettingsPatch): Promise<WorkspaceSettings> =>
      call(at("settings"), workspaceSettings, { method: "PATCH", body }),
  };
}

export type WorkspaceApi = ReturnType<typeof workspaceApi>;
