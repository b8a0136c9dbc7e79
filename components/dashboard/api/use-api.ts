"use client";

import { useMemo } from "react";
import { useDashboard } from "../context";
import { type BroadcastApi, broadcastApi } from "./broadcasts";
import { type WorkspaceApi, workspaceApi } from "./people";

/** The REST calls about broadcasts, in the present workspace. */
export function useBroadcastApi(): BroadcastApi {
  const { slug } = useDashboard().workspace;
  return useMemo(() => broadcastApi(slug), [slug]);
}

/** The REST calls about people, keys and settings, in the present workspace. */
export function useWorkspaceApi(): WorkspaceApi {
  const { slug } = useDashboard().workspace;
  return useMemo(() => workspaceApi(slug), [slug]);
}
