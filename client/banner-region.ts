import type { WireBroadcast } from "@/core/protocol";
import { ANNOUNCED_MS } from "./announcement";
import type { BannerClient } from "./banner-client";
import { createTimer } from "./clock";
import { drawBanner, part } from "./draw-banner";
import { moveFocusOn, STAYING } from "./focus";
import { publishHeight } from "./height";
import { levelOf } from "./icons";
import { DEFAULT_LABELS, type Labels } from "./labels";
import { whenSeen } from "./receipts";
import { parseJson } from "./wire";

/** The banners in an element's shadow root, drawn from a client's snapshots. */
export interface BannerRegion {
  /** Looks at the element's attributes again too. */
  render(): void;
  close(): void;
}

interface Item {
  /** Changes when the banner has to be drawn anew. */
  readonly key: string;
  readonly box: HTMLElement;
  stopWatching(): void;
}

/** As long as the sheet's animation takes, and a little. */
const LEAVE_MS = 200;

export function openRegion(host: HTMLElement, client: BannerClient): BannerRegion {
  const shadow = host.shadowRoot as ShadowRoot;
  const page = document.documentElement;
  const polite = part("div", "sr", { role: "status" });
  const urgent = part("div", "sr", { role: "alert" });
  const region = part("div", "region", { tabindex: "-1" });
  const more = part("button", "more", { dir: "auto" });
  // The live regions stand there before any text does, or it would not be noticed.
  const root = part("div", "root", {}, polite, urgent, region);
  const items = new Map<string, Item>();
  const silence = createTimer(() => say(""));
  const pageTheme = new MutationObserver(render);
  const stops = [client.subscribe(render), client.on("shown", announce)];
  let expanded = false;
  let labels: Labels = DEFAULT_LABELS;

  more.onclick = () => {
    expanded = !expanded;
    render();
  };
  pageTheme.observe(page, { attributeFilter: ["class", "data-theme"] });
  shadow.replaceChildren(root);
  render();
  stops.push(publishHeight(root));

  function isMine({ placement }: WireBroadcast): boolean {
    return (attribute("placement") || placement).includes(placement);
  }

  function render(): void {
    decorate();
    const { banners, stackSize, fresh } = client.getSnapshot();
    const mine = banners.filter(isMine);
    const shown = expanded ? mine : mine.slice(0, stackSize);
    const focused = shadow.activeElement;

    for (const id of items.keys()) if (!shown.some((banner) => banner.id === id)) leave(id);
    shown.forEach((broadcast, index) => {
      const box = place(broadcast, fresh.includes(broadcast.id));
      const there = region.querySelectorAll(STAYING)[index];
      if (there !== box) region.insertBefore(box, there ?? null);
    });
    placeMore(shown.at(-1), mine.length - stackSize);
    // Without banners it is no landmark, only a place for the focus to rest.
    region.ariaLabel = shown.length ? labels[isBottom() ? "bottom" : "region"] : null;
    region.role = region.ariaLabel && "region";
    moveFocusOn(region);
    // A node that was moved or drawn anew has lost the focus that it had.
    if (focused instanceof HTMLElement && !shadow.activeElement) {
      // What has no class is a link in a text.
      const same = `${STAYING} .${focused.className || "lh-message a"}`;
      const again = region.querySelector<HTMLElement>(same);
      (focused.isConnected ? focused : again)?.focus();
    }
  }

  function decorate(): void {
    const { dataset, style } = root;
    // A shadow root's sheet cannot see the page's own switch, so it is looked up.
    const around = page.dataset.theme ?? /\b(dark|light)\b/.exec(page.className)?.[0] ?? "";
    dataset.look = attribute("look") || "bar";
    dataset.placement = isBottom() ? "bottom" : "top";
    style.colorScheme = attribute("theme").replace("auto", "") || around;
    // Beside the body nothing of its type is inherited.
    if (host.parentNode === page)
      style.fontFamily = getComputedStyle(document.body ?? page).fontFamily;
    labels = { ...DEFAULT_LABELS, ...(parseJson(attribute("labels")) as Partial<Labels> | null) };
  }

  function isBottom(): boolean {
    return attribute("placement").startsWith("bottom");
  }

  function attribute(name: string): string {
    return host.getAttribute(name) ?? "";
  }

  /** The box of a banner, drawn when it is new or says something else now. */
  function place(broadcast: WireBroadcast, enters: boolean): HTMLElement {
    const { id, seq, locale } = broadcast;
    const known = items.get(id);
    const snooze = attribute("snooze");
    const key = seq + [locale, labels.dismiss, snooze].join();
    if (known?.key === key) return known.box;
    const banner = drawBanner(broadcast, labels, {
      onDismiss: () => client.dismiss(id),
      onFollow: (url) => client.click(id, url),
      onSnooze: !!snooze && (() => client.snooze(id, Number(snooze))),
    });
    const box = known?.box ?? part("div", "item", enters ? { "data-enter": "" } : {});
    box.replaceChildren(part("div", "clip", {}, banner));
    known?.stopWatching();
    items.set(id, { key, box, stopWatching: whenSeen(banner, () => client.markSeen(id)) });
    return box;
  }

  function leave(id: string): void {
    const item = items.get(id);
    if (!item) return;
    item.stopWatching();
    items.delete(id);
    item.box.ariaHidden = "true";
    setTimeout(() => item.box.remove(), LEAVE_MS);
  }

  function placeMore(last: WireBroadcast | undefined, waiting: number): void {
    more.textContent = expanded ? labels.less : labels.more.replace("{n}", `${waiting}`);
    more.ariaExpanded = `${expanded}`;
    const actions = last && items.get(last.id)?.box.querySelector(".lh-actions");
    if (waiting <= 0) more.remove();
    else if (actions !== more.parentNode) actions?.append(more);
  }

  function announce({ broadcast }: { broadcast: WireBroadcast }): void {
    const text = items.get(broadcast.id)?.box.querySelector(".lh-text")?.textContent;
    if (!text) return;
    say(text, levelOf(broadcast.message_type) === "alert");
    silence.set(ANNOUNCED_MS);
  }

  function say(text: string, now?: boolean): void {
    urgent.textContent = now ? text : "";
    polite.textContent = now ? "" : text;
  }

  return {
    render,
    close() {
      for (const stop of stops) stop();
      for (const { stopWatching } of items.values()) stopWatching();
      pageTheme.disconnect();
      silence.clear();
      root.remove();
    },
  };
}
