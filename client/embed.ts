/**
 * The script tag ([CLI3]):
 *
 *     <script src="https://HOST/embed.js" data-workspace="default" async></script>
 *
 * Attributes, all optional: `data-workspace`, `data-locale`, `data-token` (a user token),
 * `data-look` (`bar`, `card`, `inline`; `none` = only where the page has `<loudhailer-banner>`),
 * `data-theme`, `data-labels`, `data-snooze` (seconds; a button that hides a banner for so long),
 * `data-url` (default: where the script came from), `data-log` (says each step on the console),
 * `data-name` (of the global; default `loudhailer`: a second installation on the same page needs
 * another).
 *
 * Calls before it has loaded wait in an array, in order:
 *
 *     (window.loudhailer = window.loudhailer || []).push(["identify", getToken])
 *
 * A call is `[method, …arguments]` of `BannerClient`, or a function that is given the client.
 */
import { type BannerClient, createBannerClient } from "./banner-client";
import {
  defineElement,
  ELEMENT_NAME,
  LoudhailerBannerElement,
  whenElementsChange,
} from "./element";
import type { GetToken } from "./identity";

type Call =
  | (((client: BannerClient) => void) & { 0?: undefined })
  | ["identify", GetToken?]
  | [Exclude<keyof BannerClient, "identify">, ...unknown[]];

type Global = Call[] | (BannerClient & { push(...calls: Call[]): void });

declare global {
  interface Window {
    loudhailer?: Global;
  }
}

function start(script: HTMLScriptElement): void {
  const { url, workspace, locale, token, log, name = "loudhailer", look } = script.dataset;
  const globals = window as unknown as Record<string, Global | undefined>;
  const waiting = globals[name] ?? [];
  // The same tag twice (a tag manager, a page that is put together): the first one serves.
  if (!Array.isArray(waiting)) return;
  // Who is here comes first: a user must not begin each page as a visitor.
  const identify = waiting.find(isIdentify);
  const client = createBannerClient({
    url: url ?? new URL(script.src).origin,
    workspace,
    locale,
    getToken: identify?.[1] ?? (() => token),
    log: log == null ? undefined : console.log.bind(console, name),
  });
  const run = (call: Call) =>
    queueMicrotask(() => {
      if (typeof call === "function") return call(client);
      const [name, ...args] = call;
      // The names and arguments are the host page's to get right, as in any JavaScript.
      (client[name] as (...args: unknown[]) => unknown)(...args);
    });
  globals[name] = { ...client, push: (...calls) => calls.forEach(run) };
  for (const call of waiting) if (call !== identify) run(call);

  const isFirst = defineElement(client);
  if (look !== "none") fillPage(client, script.dataset, isFirst);
}

/**
 * Adds elements for the places that the page has none for. They stand beside the body: there no
 * layout or margin of the page's is in their way, no navigation that swaps the body takes them
 * along, and the upper one can be there before the body is, so that nothing jumps.
 */
function fillPage(client: BannerClient, attributes: DOMStringMap, isFirst: boolean): void {
  // Elements of the page's own show the banners of the first installation.
  const isMissing = (place: string) =>
    !isFirst ||
    !document.querySelector(
      `body :is(${ELEMENT_NAME}:not([placement]),${ELEMENT_NAME}[placement~=${place}])`,
    );
  const create = () => {
    const banner = document.createElement(ELEMENT_NAME) as LoudhailerBannerElement;
    banner.client = client;
    for (const name of LoudhailerBannerElement.observedAttributes) {
      banner.setAttribute(name, attributes[name] ?? "");
    }
    return banner;
  };
  const place = (banner: HTMLElement, places: string[], before: Node | null) => {
    const placement = places.filter(isMissing).join(" ");
    if (!placement) return banner.remove();
    banner.setAttribute("placement", placement);
    if (!banner.isConnected) document.documentElement.insertBefore(banner, before);
  };
  const top = create();
  const bottom = create();
  const fill = () => {
    place(top, ["top", "inline"], document.body);
    if (document.readyState !== "loading") place(bottom, ["bottom"], null);
  };
  whenElementsChange(fill);
  document.addEventListener("readystatechange", fill);
  fill();
}

const isIdentify = (call: Call): call is ["identify", GetToken?] => call[0] === "identify";

const script = document.currentScript;
if (script instanceof HTMLScriptElement) start(script);
