import ipaddr from "ipaddr.js";

/** Of an IPv6 address, what a provider gives to one customer. */
const PREFIX_PARTS = 4;

/**
 * Whose address this is, for limits: whoever has one IPv6 address has the 2^64 beside it too, so
 * those count as one. IPv4 addresses, and what is no address, are as they were.
 */
export function networkOf(address: string): string {
  if (!address.includes(":") || !ipaddr.IPv6.isValid(address)) return address;
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  const parts = parsed.parts.slice(0, PREFIX_PARTS).map((part) => part.toString(16));
  return `${parts.join(":")}::/64`;
}
