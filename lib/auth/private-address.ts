import ipaddr from "ipaddr.js";

/**
 * Whether an address is anything but one of the public internet: loopback, private networks,
 * link-local (cloud metadata among them), carrier-grade NAT, multicast, reserved. IPv4 addresses
 * that are written as IPv6 are judged as IPv4.
 */
export function isPrivateAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return true;
  return ipaddr.process(address).range() !== "unicast";
}

/** The address that a URL's host is, where it is one and no name. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return ipaddr.isValid(bare) ? bare : null;
}
