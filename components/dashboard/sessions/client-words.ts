/** In this order: every browser also claims to be those below it. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bChrom(e|ium)\/|\bCriOS\/|\bHeadlessChrome\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const SYSTEMS: readonly [RegExp, string][] = [
  [/\biPhone\b|\biPad\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** `Mozilla/5.0 (X11; Linux …) Chrome/…` → `Chrome on Linux`; anything else as it is, shortened. */
export function clientWords(client: string | null): string {
  if (client === null || client === "") return "Unknown";
  const find = (of: readonly [RegExp, string][]) => of.find(([mark]) => mark.test(client))?.[1];
  const browser = find(BROWSERS);
  const system = find(SYSTEMS);
  if (browser) return system ? `${browser} on ${system}` : browser;
  if (system) return system;
  return client.length > 40 ? `${client.slice(0, 39)}…` : client;
}
