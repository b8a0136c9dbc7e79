import { notFound } from "next/navigation";
import { z } from "zod";
import { type BroadcastView, viewOf } from "@/core/api/broadcasts";
import { isAppError } from "@/core/errors";
import { get } from "@/lib/broadcasts/get";
import { runtime } from "@/lib/runtime-context";
import type { PageVisitor } from "./who";

/** The broadcast of this page's address, or the page that says there is none. */
export async function findBroadcast({ ctx }: PageVisitor, id: string): Promise<BroadcastView> {
  if (!z.guid().safeParse(id).success) notFound();
  try {
    return viewOf(await get(ctx, { id }), runtime().feed.now());
  } catch (error) {
    if (isAppError(error) && error.code === "not_found") notFound();
    throw error;
  }
}
