import { headers } from "next/headers";

/** Where the request came from, as the server in front of Next settled it. */
export async function clientAddress(): Promise<string> {
  return (await headers()).get("x-loudhailer-address") ?? "unknown";
}
