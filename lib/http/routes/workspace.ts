import { z } from "zod";
import { auditPage } from "@/core/api/history-view";
import { pageQuery } from "@/core/api/page";
import { workspaceSettings } from "@/core/api/settings";
import { settingsPatch } from "@/core/api/settings-patch";
import { listAudit } from "@/lib/audit/list-audit";
import { changeSettings } from "@/lib/workspace/change-settings";
import { peopleRoute } from "../route";
import { toAuditEntryView } from "../views";
import { nothing } from "./parameters";

export const readSettings = peopleRoute(
  {
    method: "GET",
    path: "/api/v1/settings",
    tag: "Settings",
    summary: "The workspace's settings.",
    access: "read",
    input: nothing,
    answer: workspaceSettings,
  },
  async ({ ctx }) => ({ body: ctx.workspace.settings }),
);

export const patchSettings = peopleRoute(
  {
    method: "PATCH",
    path: "/api/v1/settings",
    tag: "Settings",
    summary: "Changes settings; what is not named stays. Every worker obeys at once.",
    access: "manage",
    input: z.object({ body: settingsPatch }),
    answer: workspaceSettings,
  },
  async ({ ctx, input }) => ({ body: await changeSettings(ctx, input.body) }),
);

const filter = z.string().max(100).optional();

export const listAuditRoute = peopleRoute(
  {
    method: "GET",
    path: "/api/v1/audit",
    tag: "Audit",
    summary: "Who changed what, when and from where, newest first.",
    access: "manage",
    input: z.object({
      query: z.object({ ...pageQuery, action: filter, actor: filter, target: filter }),
    }),
    answer: auditPage,
  },
  async ({ ctx, input }) => {
    const { actor, target, ...query } = input.query;
    const page = await listAudit(ctx, {
      ...query,
      ...(actor && { actorId: actor }),
      ...(target && { targetId: target }),
    });
    return { body: { entries: page.entries.map(toAuditEntryView), next: page.next } };
  },
);
