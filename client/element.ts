/**
 * `<loudhailer-banner>`: the banners of a page without any framework ([CLI3]).
 *
 * Attributes: `look` (`bar`, `card`, `inline`), `placement` (only broadcasts for these places:
 * any of `top`, `bottom`, `inline`; absent = all), `theme` (`auto`, `light`, `dark`), `labels`
 * (JSON of some of `Labels`), `snooze` (seconds; a button that hides a banner for so long). Styling from outside: `--lh-…` variables, `::part(banner)`,
 * `title`, `message`, `action`, `dismiss`, `snooze`, `more`, `icon`, `region`.
 */
import css from "./banner.css";
import type { BannerClient } from "./banner-client";
import { type BannerRegion, openRegion } from "./banner-region";

export const ELEMENT_NAME = "loudhailer-banner";

let defaultClient: BannerClient | null = null;
let onChange = () => {};

// Also loaded where there is no DOM: by a bundle that is rendered on a server first.
const Base = (globalThis.window ? HTMLElement : class {}) as typeof HTMLElement;

export class LoudhailerBannerElement extends Base {
  static get observedAttributes(): string[] {
    return ["look", "placement", "theme", "labels", "snooze"];
  }

  // Declared only: fields that are defined cost a helper in what old browsers understand.
  declare private ownClient?: BannerClient | null;
  declare private region?: BannerRegion;

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  }

  /** Whose banners these are. Default: the one that `setDefaultClient` named. */
  get client(): BannerClient | null {
    return this.ownClient ?? defaultClient;
  }

  set client(client: BannerClient | null) {
    this.ownClient = client;
    if (this.isConnected) this.connectedCallback();
  }

  connectedCallback(): void {
    this.disconnectedCallback();
    if (this.client) this.region = openRegion(this, this.client);
  }

  disconnectedCallback(): void {
    this.region?.close();
    this.region = undefined;
    onChange();
  }

  attributeChangedCallback(): void {
    this.region?.render();
  }
}

/**
 * Makes `<loudhailer-banner>` known; may be called twice.
 * @param client as for `setDefaultClient`
 * @returns whether this was the first call
 */
export function defineElement(client = defaultClient): boolean {
  const isFirst = !customElements.get(ELEMENT_NAME);
  if (isFirst) {
    defaultClient = client;
    customElements.define(ELEMENT_NAME, LoudhailerBannerElement);
  }
  return isFirst;
}

/** Whose banners elements show that have no `client` of their own. Call before `defineElement`. */
export function setDefaultClient(client: BannerClient): void {
  defaultClient = client;
}

/** Calls `listener` when an element has been put into the page or taken out of it. */
export function whenElementsChange(listener: () => void): void {
  onChange = listener;
}
