"use client";

import { useMemo } from "react";
import { useDashboard } from "../context";
import type { BroadcastApi } from "./broadcasts";
import { fetchedCalls } from "./fetched-calls";
import type { WorkspaceApi } from "./people";

/** The REST calls about broadcasts, in the present workspace. */
export function useBroadcastApi(): BroadcastApi {
  const { slug } = useDashboard().workspace;
  return useMemo(
    () => fetchedCalls(async () => (await import("./broadcasts")).broadcastApi(slug)),
    [slug],
  );
}

/** The REST calls about people, keys and settings, in the present workspace. */
export function useWorkspaceApi(): WorkspaceApi {
  const { slug } = useDashboard().workspace;
  return useMemo(
    () => fetchedCalls(async () => (await import("./people")).workspaceApi(slug)),
    [slug],
  );
}
