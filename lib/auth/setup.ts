import { randomUUID, timingSafeEqual } from "node:crypto";
import type { SetupInput } from "@/core/api/people";
import { AppError, isAppError } from "@/core/errors";
import type { Actor } from "../context";
import type { WorkspaceInfo } from "../ports/broadcast-store";
import type { IdentityStore, Person } from "../ports/identity-store";
import { runtime } from "../runtime-context";
import { auditPeople, changePeople } from "./change-people";
import { hashPassword } from "./password";
import { checkSecretFingerprint, seal } from "./secrets";
import { generateTokenSecret } from "./token-secret";

/** The workspace that every installation has, from its very first start. */
export const FIRST_WORKSPACE = { slug: "default", name: "Default" };

/** Where the set-up link leads; it works until the first owner is made ([SEC2]). */
export function setupPath(token: string): string {
  return `/setup?token=${token}`;
}

/**
 * What must be in the database before anything else: the secret's fingerprint, then the first
 * workspace, so that its sockets work before there is an owner.
 * @throws AppError `conflict` when another AUTH_SECRET was used before ([SEC9])
 */
export async function ensureInstallation(
  identity: Pick<IdentityStore, "claimSecretFingerprint" | "ensureWorkspace">,
  authSecret: string,
): Promise<void> {
  await checkSecretFingerprint(identity, authSecret);
  await identity.ensureWorkspace({
    ...FIRST_WORKSPACE,
    id: randomUUID(),
    tokenSecret: { id: randomUUID(), sealed: seal(authSecret, generateTokenSecret()) },
  });
}

/** Whose installation has its owner: that stays so, and everybody who is not signed in asks. */
const setUp = new WeakSet<IdentityStore>();

/** Whether the first owner is still to be made. @throws AppError `unavailable` */
export async function needsSetup(): Promise<boolean> {
  const { identity } = runtime();
  if (setUp.has(identity)) return false;
  const { setUpAt } = await identity.installation();
  if (setUpAt !== null) setUp.add(identity);
  return setUpAt === null;
}

/**
 * Makes the first owner, through the link that the server printed. Of two at once one wins.
 * @throws AppError `forbidden` for a wrong token, `conflict` when it is done already,
 * `unavailable`
 */
export async function completeSetup(input: SetupInput, address: string): Promise<Person> {
  if (!isSetupToken(input.token)) throw new AppError("forbidden", "This set-up link is not valid.");
  if (!(await needsSetup())) throw alreadySetUp();
  return makeFirstOwner(input, input.workspaceName, address);
}

/** `LOUDHAILER_ADMIN_EMAIL` and `_PASSWORD`: makes the first owner where there is none. */
export async function ensureOwnerFromEnv(admin: {
  email: string;
  password: string;
}): Promise<void> {
  if (!(await needsSetup())) return;
  const email = admin.email.toLowerCase();
  const [name = email] = email.split("@");
  try {
    await makeFirstOwner({ name, email, password: admin.password }, null, null);
  } catch (error) {
    // Another replica that starts with the same variables was first.
    if (!isAppError(error) || error.code !== "conflict") throw error;
  }
}

interface Owner {
  name: string;
  email: string;
  password: string;
}

async function makeFirstOwner(
  { name, email, password }: Owner,
  workspaceName: string | null,
  address: string | null,
): Promise<Person> {
  const passwordHash = await hashPassword(password);
  const workspace = firstWorkspace();
  const person = { id: randomUUID(), name, email };
  const actor: Actor = { kind: "user", id: person.id, name, role: "owner", address };
  await changePeople(async (tx) => {
    if (!(await tx.identity.claimSetUp())) throw alreadySetUp();
    await tx.identity.addPerson({ ...person, passwordHash });
    await tx.identity.addMember(workspace.id, person.id, "owner");
    await tx.control({ workspaceId: workspace.id, kind: "member", subject: person.id });
    if (workspaceName !== null) {
      await tx.identity.renameWorkspace(workspace.id, workspaceName);
      await tx.control({ workspaceId: workspace.id, kind: "workspace", subject: workspace.id });
    }
    const target = { kind: "workspace", id: workspace.id } as const;
    const after = { owner: email, name: workspaceName ?? workspace.name };
    await auditPeople(tx, { workspace, actor }, "workspace.set_up", target, { after });
  });
  return person;
}

function firstWorkspace(): WorkspaceInfo {
  const found = runtime().feed.workspaceBySlug(FIRST_WORKSPACE.slug);
  if (!found) throw new AppError("unavailable", "The first workspace is not loaded yet.");
  return found;
}

function isSetupToken(token: string): boolean {
  const given = Buffer.from(token);
  const wanted = Buffer.from(runtime().vault.setupToken);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function alreadySetUp(): AppError {
  return new AppError("conflict", "This installation is set up already. Sign in instead.");
}
