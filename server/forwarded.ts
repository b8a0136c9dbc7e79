import type { IncomingMessage } from "node:http";
import { ADDRESS_HEADER } from "@/lib/http/address";

/** What proxies add, and clients may write as well. */
export const FORWARDED = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"] as const;

/**
 * Whom a request is from, after `trustProxy` proxies that each append to `X-Forwarded-For`. What
 * stands further left was written by the client itself.
 */
export function clientAddress(request: IncomingMessage, trustProxy: number): string {
  const direct = request.socket.remoteAddress ?? "";
  if (trustProxy === 0) return plain(direct);
  const hops = String(request.headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((hop) => hop.trim())
    .filter((hop) => hop !== "");
  return plain(hops[hops.length - trustProxy] ?? hops[0] ?? direct);
}

/** Leaves nothing of whom it is from that is not to be believed, and says who that is. */
export function settleForwarded(request: IncomingMessage, trustProxy: number): string {
  const { headers } = request;
  if (trustProxy === 0) for (const name of FORWARDED) if (name in headers) delete headers[name];
  if (ADDRESS_HEADER in headers) delete headers[ADDRESS_HEADER];
  return clientAddress(request, trustProxy);
}

/** The same, and the routes behind this server are told the address in a header. */
export function settleForRoutes(request: IncomingMessage, trustProxy: number): string {
  const address = settleForwarded(request, trustProxy);
  request.headers[ADDRESS_HEADER] = address;
  return address;
}

/** `::ffff:10.0.0.1` is 10.0.0.1. */
function plain(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
