import { randomBytes, randomUUID } from "node:crypto";
import { AppError } from "@/core/errors";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { auditPeople, changePeople } from "./change-people";

/** Old and new side by side, while a host product changes over. */
const MAX_IN_FORCE = 2;

/** `lhs_` and 32 random bytes: used as it is written, UTF-8, as the HS256 key. */
export function generateTokenSecret(): string {
  return `lhs_${randomBytes(32).toString("base64url")}`;
}

export interface TokenSecret {
  id: string;
  secret: string;
  /** ms. */
  createdAt: number;
}

/**
 * Those in force, newest first, in plain text: the owner gives them to the host product.
 * @throws AppError `forbidden`, `unavailable`
 */
export async function listTokenSecrets(ctx: ServiceContext): Promise<TokenSecret[]> {
  requirePermission(ctx, "own");
  const { identity, vault } = runtime();
  const sealed = await identity.tokenSecrets(ctx.workspace.id);
  return sealed.map(({ id, createdAt, sealed }) => ({
    id,
    secret: vault.unseal(sealed),
    createdAt,
  }));
}

/**
 * A further secret that user tokens may be signed with; the one before stays valid until it is
 * revoked.
 * @throws AppError `conflict` where two are in force already, `forbidden`, `unavailable`
 */
export async function addTokenSecret(ctx: ServiceContext): Promise<{ id: string; secret: string }> {
  requirePermission(ctx, "own");
  const { id: workspaceId } = ctx.workspace;
  const id = randomUUID();
  const secret = generateTokenSecret();
  await changePeople(async (tx) => {
    const present = await tx.identity.tokenSecrets(workspaceId);
    if (present.length >= MAX_IN_FORCE) {
      throw new AppError("conflict", "Two secrets are valid already: revoke the older one first.");
    }
    await tx.identity.addTokenSecret({ id, workspaceId, sealed: runtime().vault.seal(secret) });
    await tx.control({ workspaceId, kind: "secret", subject: id });
    await auditPeople(tx, ctx, "token_secret.added", { kind: "token_secret", id });
  });
  return { id, secret };
}

/**
 * Tokens signed with it are refused from now on, and the sockets that they opened are closed.
 * @throws AppError `not_found`, `conflict` for the last one, `forbidden`, `unavailable`
 */
export async function revokeTokenSecret(
  ctx: ServiceContext,
  { id }: { id: string },
): Promise<void> {
  requirePermission(ctx, "own");
  const { id: workspaceId } = ctx.workspace;
  await changePeople(async (tx) => {
    const present = await tx.identity.tokenSecrets(workspaceId);
    if (!present.some((secret) => secret.id === id)) {
      throw new AppError("not_found", "There is no such secret in force.");
    }
    if (present.length === 1) {
      throw new AppError("conflict", "This is the only secret: add another one first.");
    }
    await tx.identity.revokeTokenSecret(id);
    await tx.control({ workspaceId, kind: "secret", subject: id });
    await auditPeople(tx, ctx, "token_secret.revoked", { kind: "token_secret", id });
  });
}
