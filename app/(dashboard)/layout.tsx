import type { ReactNode } from "react";
import { visitor } from "@/app/_server/who";
import { Shell } from "@/components/dashboard/shell";
import { runtime } from "@/lib/runtime-context";

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const found = await visitor();
  // The page itself leads to signing in: it knows where to come back to.
  if (!found) return children;
  const { user, role, workspace, workspaces, mayMakeWorkspaces } = found;
  const { timeZone, defaultLocale, stackSize, embedEnabled } = workspace.settings;
  return (
    <Shell
      info={{
        user,
        role,
        workspaces,
        workspace: {
          id: workspace.id,
          slug: workspace.slug,
          name: workspace.name,
          timeZone,
          defaultLocale,
          stackSize,
          embedEnabled,
        },
        mayMakeWorkspaces,
        demo: runtime().env.demo,
      }}
    >
      {children}
    </Shell>
  );
}
