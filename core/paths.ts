/**
 * Page rules ([AUD3]), evaluated in the browser. `/pricing` is that page, `/docs/*` every page
 * whose path begins with `/docs/`, `!/docs/internal*` an exclusion. No regular expressions.
 */
const RULE = /^!?\/[^\s*?#]*\*?$/;

export function isPathRule(rule: string): boolean {
  return RULE.test(rule);
}

/**
 * Whether a broadcast belongs on a page. `null` or no rules = every page; an exclusion wins; only
 * exclusions = all other pages. A rule this version does not know = no page ([DEG9]).
 * @param path `location.pathname`; a query or fragment is ignored
 */
export function pathMatches(rules: readonly string[] | null, path: string): boolean {
  if (!rules?.length) return true;
  if (!rules.every(isPathRule)) return false;
  const page = decode(path.replace(/[?#].*/s, ""));
  const included = rules.filter((rule) => rule[0] !== "!");
  const excluded = rules.filter((rule) => rule[0] === "!").map((rule) => rule.slice(1));
  if (excluded.some((rule) => covers(rule, page))) return false;
  return included.length === 0 || included.some((rule) => covers(rule, page));
}

function covers(rule: string, page: string): boolean {
  const wanted = decode(rule);
  return wanted.endsWith("*") ? page.startsWith(wanted.slice(0, -1)) : page === wanted;
}

/** Browsers percent-encode paths, authors write them as they read them. */
function decode(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
