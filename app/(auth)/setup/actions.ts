"use server";

import { clientAddress } from "@/app/_server/address";
import { refusalOf } from "@/app/_server/refusal";
import type { ActionResult } from "@/components/auth/action-result";
import { setupInput } from "@/core/api/people";
import { completeSetup } from "@/lib/auth/setup";

/** Makes the first owner and names the first workspace. The input is whatever a caller sent. */
export async function setUp(input: unknown): Promise<ActionResult> {
  const parsed = setupInput.safeParse(input);
  if (!parsed.success) {
    return { ok: false, message: parsed.error.issues[0]?.message ?? "Check what you entered." };
  }
  try {
    await completeSetup(parsed.data, await clientAddress());
    return { ok: true };
  } catch (error) {
    return refusalOf(error);
  }
}
