import { headers } from "next/headers";
import { runtime } from "@/lib/runtime-context";

/** Where this installation is reached: `PUBLIC_URL`, else as this request came. */
export async function ownOrigin(): Promise<string> {
  const { publicUrl } = runtime().env;
  if (publicUrl) return new URL(publicUrl).origin;
  const sent = await headers();
  const protocol = sent.get("x-forwarded-proto") ?? "http";
  return `${protocol}://${sent.get("host") ?? "localhost"}`;
}
