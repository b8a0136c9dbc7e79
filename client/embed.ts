/**
 * The script tag ([CLI3]):
 *
 *     <script src="https://HOST/embed.js" data-workspace="default" async></script>
 *
 * Attributes, all optional: `data-workspace`, `data-locale`, `data-token` (a user token),
 * `data-look` (`bar`, `card`, `inline`; `none` = only where the page has `<loudhailer-banner>`),
 * `data-theme`, `data-labels`, `data-url` (default: where the script came from).
 *
 * Calls before it has loaded wait in an array, in order:
 *
 *     (window.loudhailer = window.loudhailer || []).push(["identify", getToken])
 *
 * A call is `[method, …arguments]` of `BannerClient`, or a function that is given the client.
 */
import { type BannerClient, createBannerClient } from "./banner-client";
import { defineElement, ELEMENT_NAME, setDefaultClient } from "./element";

type Call = ((client: BannerClient) => void) | [keyof BannerClient, ...unknown[]];

declare global {
  interface Window {
    loudhailer?: Call[] | (BannerClient & { push(...calls: Call[]): void });
  }
}

function start(script: HTMLScriptElement): void {
  const { url, workspace, locale, token, look } = script.dataset;
  const client = createBannerClient({
    url: url ?? new URL(script.src).origin,
    workspace,
    locale,
    getToken: () => token,
  });
  const run = (call: Call) =>
    queueMicrotask(() => {
      if (typeof call === "function") return call(client);
      const [name, ...args] = call;
      // The names and arguments are the host page's to get right, as in any JavaScript.
      (client[name] as (...args: unknown[]) => unknown)(...args);
    });
  const waiting = window.loudhailer;
  window.loudhailer = { ...client, push: (...calls) => calls.forEach(run) };
  if (Array.isArray(waiting)) waiting.forEach(run);
  setDefaultClient(client);
  defineElement();
  if (look === "none") return;
  const fill = () => fillPage(script.dataset);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", fill);
  else fill();
}

/** Adds elements for the places that the page has none for. */
function fillPage({ look = "", theme = "", labels = "" }: DOMStringMap): void {
  const isMissing = (place: string) =>
    !document.querySelector(
      `${ELEMENT_NAME}:not([placement]),${ELEMENT_NAME}[placement~=${place}]`,
    );
  const add = (put: "prepend" | "append", places: string[]) => {
    const placement = places.filter(isMissing).join(" ");
    if (!placement) return;
    const banner = document.createElement(ELEMENT_NAME);
    for (const [name, value] of Object.entries({ look, theme, labels, placement })) {
      banner.setAttribute(name, value);
    }
    document.body[put](banner);
  };
  add("prepend", ["top", "inline"]);
  add("append", ["bottom"]);
}

const script = document.currentScript ?? document.querySelector("script[src$='/embed.js']");
if (script instanceof HTMLScriptElement && !customElements.get(ELEMENT_NAME)) start(script);
