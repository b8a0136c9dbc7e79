/** Whose host nobody has: what leads away from it leads away from us. */
const HERE = "http://here.invalid";

/**
 * A path of this site as a browser would follow it, or its root. Judged by the URL that comes of
 * it: `//elsewhere.example` is none of ours, nor is `/\\elsewhere.example`, nor either of them
 * with tabs in between, which browsers leave out.
 */
export function ownPath(wanted: unknown): string {
  if (typeof wanted !== "string" || !URL.canParse(wanted, HERE)) return "/";
  const { origin, pathname, search, hash } = new URL(wanted, HERE);
  if (origin !== HERE || pathname.startsWith("//")) return "/";
  return `${pathname}${search}${hash}`;
}
