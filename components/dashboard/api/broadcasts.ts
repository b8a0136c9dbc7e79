import { z } from "zod";
import { type BroadcastView, broadcastView } from "@/core/api/broadcasts";
import { clearedView, deliveredView } from "@/core/api/delivery-view";
import {
  dryRunView,
  type madeUpViewer,
  reachView,
  type VerdictsInput,
  verdictsView,
} from "@/core/api/dry-run";
import type { BroadcastInput } from "../composer/values";
import { type CallOptions, call, nothing } from "./client";

const page = z.object({ broadcasts: z.array(broadcastView), next: z.string().nullable() });

export type Delivered = z.output<typeof deliveredView>;

/** The calls about broadcasts, in one workspace. All throw ApiError. */
export function broadcastApi(workspace: string) {
  const at = (path: string, query: Record<string, string> = {}) =>
    `/api/v1/broadcasts${path}?${new URLSearchParams({ ...query, workspace })}`;
  const act = (id: string, verb: string, options: CallOptions = {}) =>
    call(at(`/${id}/${verb}`), deliveredView, { method: "POST", body: {}, ...options });

  return {
    list: (query: Record<string, string>, signal?: AbortSignal) =>
      call(at("", query), page, { ...(signal && { signal }) }),
    create: (input: BroadcastInput, idempotencyKey: string): Promise<BroadcastView> =>
      call(at(""), broadcastView, { method: "POST", body: input, idempotencyKey }),
    edit: (id: string, revision: number, patch: BroadcastInput & { show?: "silent" | "again" }) =>
      call(at(`/${id}`), broadcastView, { method: "PATCH", body: patch, ifMatch: revision }),
    publish: (id: string, idempotencyKey: string) => act(id, "publish", { idempotencyKey }),
    clear: (id: string) => act(id, "clear"),
    /** Everything that is live. */
    clearAll: () => call(at("/clear"), clearedView, { method: "POST", body: {} }),
    archive: (id: string) => act(id, "archive"),
    reset: (id: string) => act(id, "reset"),
    duplicate: (id: string): Promise<BroadcastView> =>
      call(at(`/${id}/duplicate`), broadcastView, { method: "POST", body: {} }),
    /** Shows it on the author's own screens for 15 minutes. */
    test: (input: BroadcastInput) => call(at("/test"), nothing, { method: "POST", body: input }),
    /** Why a user does or does not see a broadcast. */
    why: async (broadcastId: string, viewer: z.input<typeof madeUpViewer>) =>
      (
        await call(at("/dry-run"), dryRunView, {
          method: "POST",
          body: { broadcastId, viewers: [viewer] },
        })
      ).viewers,
    /** What one user sees of all that is out, and why. */
    verdicts: (viewer: Partial<VerdictsInput> & { subject: string }) =>
      call(at("/verdicts"), verdictsView, { method: "POST", body: viewer }),
    /** How many of those connected now an audience matches. */
    reach: (audience: BroadcastInput["audience"], signal: AbortSignal) =>
      call(at("/reach"), reachView, { method: "POST", body: { audience }, signal }),
  };
}

export type BroadcastApi = ReturnType<typeof broadcastApi>;
