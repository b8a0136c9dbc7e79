import { LIMITS } from "@/core/limits";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { liveIn } from "./stats";

export interface LimitsAnswer {
  max_characters: number;
  recommended_length: number;
  current_active_broadcasts: number;
}

/** What a composer must know before it writes (SPEC § 8). From memory. */
export function limits(ctx: ServiceContext): LimitsAnswer {
  requirePermission(ctx, "read");
  return {
    max_characters: LIMITS.messageChars,
    recommended_length: LIMITS.messageCharsRecommended,
    current_active_broadcasts: liveIn(ctx.workspace).length,
  };
}
