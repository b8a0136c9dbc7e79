import { randomUUID } from "node:crypto";
import type { CreateApiKeyInput } from "@/core/api/people";
import { AppError } from "@/core/errors";
import type { ServiceContext } from "../context";
import type { ApiKey } from "../ports/identity-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { generateApiKey } from "./api-key-secret";
import { auditPeople, changePeople } from "./change-people";

/** Keys of one workspace that may be in force at once. */
const MAX_KEYS = 100;

/**
 * A program's credential, with the rights of a role below owner.
 * @returns the key itself too: this is the only time that it can be read
 * @throws AppError `forbidden`, `invalid`, `limit_reached`, `unavailable`
 */
export async function createApiKey(
  ctx: ServiceContext,
  input: CreateApiKeyInput,
): Promise<{ key: string; apiKey: ApiKey }> {
  requirePermission(ctx, "manage");
  const { key, prefix, hash } = generateApiKey();
  const expiresAt = input.expiresAt === null ? null : Date.parse(input.expiresAt);
  const inForce = (await runtime().identity.apiKeys(ctx.workspace.id)).filter(isInForce);
  if (inForce.length >= MAX_KEYS) {
    throw new AppError("limit_reached", `A workspace has at most ${MAX_KEYS} API keys in force.`);
  }
  const apiKey = await changePeople(async (tx) => {
    if (expiresAt !== null && expiresAt <= tx.now) {
      throw new AppError("invalid", "The key would have expired already.", { field: "expiresAt" });
    }
    const added = await tx.identity.addApiKey({
      id: randomUUID(),
      workspaceId: ctx.workspace.id,
      name: input.name,
      prefix,
      hash,
      role: input.role,
      createdById: ctx.actor.kind === "user" ? ctx.actor.id : null,
      expiresAt,
    });
    await auditPeople(tx, ctx, "api_key.created", targetOf(added), { after: described(added) });
    return added;
  });
  return { key, apiKey };
}

/** Newest first, revoked ones included. @throws AppError `forbidden`, `unavailable` */
export async function listApiKeys(ctx: ServiceContext): Promise<ApiKey[]> {
  requirePermission(ctx, "manage");
  return runtime().identity.apiKeys(ctx.workspace.id);
}

/**
 * From now on the key opens nothing, and what it opened is closed. Twice is as good as once.
 * @throws AppError `not_found`, `forbidden`, `unavailable`
 */
export async function revokeApiKey(ctx: ServiceContext, { id }: { id: string }): Promise<void> {
  requirePermission(ctx, "manage");
  await changePeople(async (tx) => {
    const found = await tx.identity.apiKey(ctx.workspace.id, id);
    if (!found) throw new AppError("not_found", "There is no such API key.");
    if (found.revokedAt !== null) return;
    await tx.identity.revokeApiKey(id);
    await tx.control({ workspaceId: ctx.workspace.id, kind: "api_key", subject: id });
    await auditPeople(tx, ctx, "api_key.revoked", targetOf(found), { before: described(found) });
  });
}

function isInForce({ revokedAt, expiresAt }: ApiKey): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > runtime().feed.now());
}

function targetOf({ id }: ApiKey) {
  return { kind: "api_key", id } as const;
}

function described({ name, prefix, role, expiresAt }: ApiKey) {
  return { name, prefix, role, expiresAt };
}
