import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { WORKSPACE_COOKIE } from "@/components/dashboard/workspace-cookie";
import { can, type Permission, type Role } from "@/core/roles";
import { bareViewer } from "@/lib/auth/callers";
import { FIRST_WORKSPACE } from "@/lib/auth/setup";
import type { MemberCaller } from "@/lib/context";
import type { WorkspaceInfo } from "@/lib/ports/broadcast-store";
import { runtime } from "@/lib/runtime-context";

/** A dashboard person looking at a page, and the workspace it is about. */
export interface PageVisitor {
  user: { id: string; name: string; email: string };
  role: Role;
  workspace: WorkspaceInfo;
  workspaces: { id: string; slug: string; name: string }[];
  /** Owns the first workspace, and with it the installation. */
  mayMakeWorkspaces: boolean;
  /** For services; pages only read, so the address is not noted. */
  ctx: MemberCaller;
}

/**
 * Who looks at this page, by cookie; null when nobody is signed in. Asked once a request. A page
 * may be opened from another site's link, which the REST API's rules for cookies would refuse:
 * reading one changes nothing, and no other site sees it.
 */
export const visitor = cache(async (): Promise<PageVisitor | null> => {
  const login = await signedIn();
  if (!login) return null;
  const { identity, feed } = runtime();
  const memberships = await identity.workspacesOf(login.user.id);
  const wanted = (await cookies()).get(WORKSPACE_COOKIE)?.value;
  const chosen = memberships.find(({ slug }) => slug === wanted) ?? memberships[0];
  const workspace = chosen && feed.workspaceById(chosen.id);
  if (!workspace) return null;
  const { user } = login;
  const { role } = chosen;
  const viewer = { ...bareViewer("team", user.id, null), name: user.name, roles: [role] };
  const actor = { kind: "user", id: user.id, name: user.name, role, address: null } as const;
  return {
    user,
    role,
    workspace,
    workspaces: memberships.map(({ id, slug, name }) => ({ id, slug, name })),
    mayMakeWorkspaces: memberships.some(
      (each) => each.slug === FIRST_WORKSPACE.slug && can(each.role, "own"),
    ),
    ctx: { kind: "member", workspace, actor, viewer, loginId: login.loginId },
  };
});

/** The signed-in person, member of a workspace or not. */
export const signedIn = cache(async () => runtime().auth.login(await headers()));

/**
 * The visitor, or the sign-in page, which leads back here.
 * @param path of this page
 */
export async function requireVisitor(path: string): Promise<PageVisitor> {
  const found = await visitor();
  if (found) return found;
  redirect(path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`);
}

/** The visitor when their role may see a page, else null: say so instead. */
export async function visitorWho(may: Permission, path: string): Promise<PageVisitor | null> {
  const found = await requireVisitor(path);
  return can(found.role, may) ? found : null;
}
