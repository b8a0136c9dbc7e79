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
import type { GetToken } from "./identity";

type Call =
  | (((client: BannerClient) => void) & { 0?: undefined })
  | ["identify", GetToken?]
  | [Exclude<keyof BannerClient, "identify">, ...unknown[]];

declare global {
  interface Window {
    loudhailer?: Call[] | (BannerClient & { push(...calls: Call[]): void });
  }
}

function start(script: HTMLScriptElement): void {
  const { url, workspace, locale, token, look } = script.dataset;
  const waiting = Array.isArray(window.loudhailer) ? window.loudhailer : [];
  // Who is here comes first: a user must not begin each page as a visitor.
  const identify = waiting.find(isIdentify);
  const client = createBannerClient({
    url: url ?? new URL(script.src).origin,
    workspace,
    locale,
    getToken: identify?.[1] ?? (() => token),
  });
  const run = (call: Call) =>
    queueMicrotask(() => {
      if (typeof call === "function") return call(client);
      const [name, ...args] = call;
      // The names and arguments are the host page's to get right, as in any JavaScript.
      (client[name] as (...args: unknown[]) => unknown)(...args);
    });
  window.loudhailer = { ...client, push: (...calls) => calls.forEach(run) };
  for (const call of waiting) if (call !== identify) run(call);
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

const isIdentify = (call: Call): call is ["identify", GetToken?] => call[0] === "identify";

const script = document.currentScript;
if (script instanceof HTMLScriptElement && !customElements.get(ELEMENT_NAME)) start(script);
