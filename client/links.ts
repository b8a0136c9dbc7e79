/**
 * Whether a link may be followed from a banner ([BC4]). The server has made it `safeUrl`; this
 * is the page's own look at what it is about to offer, so only the scheme matters.
 */
export function isLink(url: string): boolean {
  return /^(https?:\/\/|mailto:|\/(?![/\\]))/i.test(url);
}
