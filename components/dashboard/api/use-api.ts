"use client";

import { useMemo } from "react";
import { useDashboard } from "../context";
import { type BroadcastApi, broadcastApi } from "./broadcasts";

/** The REST calls about broadcasts, in the present workspace. */
export function useBroadcastApi(): BroadcastApi {
  const { slug } = useDashboard().workspace;
  return useMemo(() => broadcastApi(slug), [slug]);
}
