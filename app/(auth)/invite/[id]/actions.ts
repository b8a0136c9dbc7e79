"use server";

import { headers } from "next/headers";
import { clientAddress } from "@/app/_server/address";
import { refusalOf } from "@/app/_server/refusal";
import type { ActionResult } from "@/components/auth/action-result";
import { acceptInvitationInput } from "@/core/api/people";
import { acceptInvitation } from "@/lib/team/accept-invitation";

/** Joins the workspace; the form signs in afterwards. The input is whatever a caller sent. */
export async function accept(input: unknown): Promise<ActionResult> {
  const parsed = acceptInvitationInput.safeParse(input);
  if (!parsed.success) {
    return { ok: false, message: parsed.error.issues[0]?.message ?? "Check what you entered." };
  }
  try {
    await acceptInvitation(parsed.data, {
      headers: await headers(),
      address: await clientAddress(),
    });
    return { ok: true };
  } catch (error) {
    return refusalOf(error);
  }
}
