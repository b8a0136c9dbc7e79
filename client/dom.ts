/** Building DOM without HTML strings, inline styles or handlers: works under a strict CSP. */

type Children = (Node | string)[];

function build<T extends Element>(made: T, attributes: Record<string, string>, children: Children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Children
): HTMLElementTagNameMap[K] {
  return build(document.createElement(tag), attributes, children);
}

/** @param d path data for a 24 × 24 box */
export function icon(d: string): Element {
  const make = (tag: string) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const look = { class: "lh-icon", part: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" };
  return build(make("svg"), look, [build(make("path"), { d }, [])]);
}
