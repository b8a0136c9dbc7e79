/**
 * `<loudhailer-banner>`: the banners of a page without any framework ([CLI3]).
 *
 * Attributes: `look` (`bar`, `card`, `inline`), `placement` (only broadcasts for these places:
 * any of `top`, `bottom`, `inline`; absent = all), `theme` (`auto`, `light`, `dark`), `labels`
 * (JSON of some of `Labels`). Styling from outside: `--lh-…` variables, `::part(banner)`,
 * `title`, `message`, `action`, `dismiss`, `more`, `icon`, `region`.
 */
import css from "./banner.css";
import type { BannerClient } from "./banner-client";
import { type BannerRegion, openRegion } from "./banner-region";

export const ELEMENT_NAME = "loudhailer-banner";

let defaultClient: BannerClient | null = null;
let onChange = () => {};

// Also loaded where there is no DOM: by a bundle that is rendered on a server first.
const Base = globalThis.HTMLElement ?? class {};

export class LoudhailerBannerElement extends Base {
  static get observedAttributes(): string[] {
    return ["look", "placement", "theme", "labels"];
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

/** Makes `<loudhailer-banner>` known; may be called twice. */
export function defineElement(): void {
  if (!customElements.get(ELEMENT_NAME)) {
    customElements.define(ELEMENT_NAME, LoudhailerBannerElement);
  }
}

/** Whose banners elements show that have no `client` of their own. Call before `defineElement`. */
export function setDefaultClient(client: BannerClient): void {
  defaultClient = client;
}

/** Calls `listener` when an element has been put into the page or taken out of it. */
export function whenElementsChange(listener: () => void): void {
  onChange = listener;
}
