import type { WireBroadcast } from "@/core/protocol";
import { element, icon } from "./dom";
import { ICON_PATHS, levelOf } from "./icons";
import type { Labels } from "./labels";
import { isLink } from "./links";
import { renderMarkdown } from "./render-markdown";

export interface BannerHandlers {
  onDismiss(): void;
  onFollow(url: string): void;
  /** Hides it for a while. False: there is no button for that. */
  onSnooze: false | (() => void);
}

/** The same nodes and classes as the React components draw, so that one sheet serves both. */
export function drawBanner(
  broadcast: WireBroadcast,
  labels: Labels,
  { onDismiss, onFollow, onSnooze }: BannerHandlers,
): HTMLElement {
  const level = levelOf(broadcast.message_type);
  const message = part("span", "message", {}, ...renderMarkdown(broadcast.content));
  const text = part("div", "text", {}, part("span", "sr", {}, `${labels[level]}: `));
  if (broadcast.title) text.append(part("strong", "title", {}, broadcast.title), " ");
  text.append(message);

  const actions = part("div", "actions");
  const { action } = broadcast;
  if (action && isLink(action.url)) {
    actions.append(part("a", "action", { href: action.url }, action.label));
  }
  const content = part("div", "content", {}, text, actions);
  const main = part("div", "main", {}, icon(ICON_PATHS[level]), content);
  main.onclick = ({ target }) => {
    const link = target instanceof Element && target.closest("a");
    if (link) onFollow(link.href);
  };

  const banner = part("div", "banner", { "data-level": level, dir: broadcast.dir }, main);
  if (broadcast.locale) banner.lang = broadcast.locale;
  if (broadcast.dismissible) {
    if (onSnooze) actions.append(button("snooze", onSnooze, {}, labels.snooze));
    const label = { "aria-label": labels.dismiss };
    banner.append(button("dismiss", onDismiss, label, icon(ICON_PATHS.dismiss)));
  }
  return banner;
}

function button(
  name: string,
  onclick: () => void,
  attributes: Record<string, string>,
  inside: Node | string,
): Element {
  return Object.assign(part("button", name, attributes, inside), { onclick });
}

/** An element that the sheet knows by its class and the host page by `::part`. */
export function part<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  return element(tag, { class: `lh-${name}`, part: name, ...attributes }, ...children);
}
