/**
 * One connection for all tabs of an origin ([CLI4]): the tab that holds a Web Lock leads, a
 * BroadcastChannel joins the others to it. A visible tab takes the lead from a hidden one,
 * because browsers slow hidden tabs down and freeze them. Where either API is missing (plain
 * http, old browsers) each tab leads itself.
 */
import type { ClientFrame } from "@/core/protocol";
import type { ConnectionState } from "./events";
import type { Cache } from "./memory";

/** What tabs tell each other. Same origin, same version of this file or an older cached one. */
export type TabMessage =
  /** A new tab: whoever leads, say `state`. */
  | { tab: "hello" }
  /** Everything the leader knows; `visible` says whether it may stay the leader. */
  | { tab: "state"; cache: Cache; connection: ConnectionState; visible: boolean }
  /** For the leader to send. */
  | { tab: "send"; frame: ClientFrame }
  /** The shared storage has changed: dismissals, snoozes. */
  | { tab: "stored" }
  /** This identity has signed out elsewhere. */
  | { tab: "bye" };

export interface TabsOptions {
  /** Whether tabs see the same storage; without it they cannot stand for each other. */
  shared: boolean;
  /** One for each (server, workspace, identity, locale). */
  name: string;
  /** This tab connects from now on; false: another one does. */
  onLead(leads: boolean): void;
  onMessage(message: TabMessage): void;
  isVisible(): boolean;
}

export interface Tabs {
  readonly leads: boolean;
  post(message: TabMessage): void;
  /** This tab has come into view. */
  shown(): void;
  close(): void;
}

/** A hidden leader keeps its place this long after another tab came into view. */
const TAKE_OVER_AFTER_MS = 1_500;

export function joinTabs(options: TabsOptions): Tabs {
  const locks = globalThis.navigator?.locks;
  if (!options.shared || !locks || !globalThis.BroadcastChannel) return aloneTab(options);

  const channel = new BroadcastChannel(options.name);
  let leads = false;
  let closed = false;
  let leaderVisible = false;
  let queue: AbortController | undefined;
  let resign = () => {};
  let takeOver: ReturnType<typeof setTimeout> | undefined;

  function campaign(steal: boolean): void {
    queue?.abort();
    queue = new AbortController();
    // The two options exclude each other.
    const how = steal ? { steal } : { signal: queue.signal };
    const { signal } = queue;
    locks.request(options.name, how, hold).catch(() => {
      // Overtaken by another campaign of this tab; else stolen by a tab in view; else there are
      // no locks here (a sandboxed frame).
      if (closed || signal.aborted) return;
      if (!leads) return lead(true);
      lead(false);
      campaign(false);
    });
  }

  function hold(): Promise<void> {
    if (closed) return Promise.resolve();
    lead(true);
    return new Promise((release) => {
      resign = release;
    });
  }

  function lead(now: boolean): void {
    if (leads === now) return;
    leads = now;
    options.onLead(now);
  }

  function consider(): void {
    clearTimeout(takeOver);
    if (leads) return;
    leaderVisible = false;
    channel.postMessage({ tab: "hello" } satisfies TabMessage);
    takeOver = setTimeout(() => {
      if (!leads && !leaderVisible && options.isVisible()) campaign(true);
    }, TAKE_OVER_AFTER_MS);
  }

  channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
    if (data.tab === "state") leaderVisible = data.visible;
    options.onMessage(data);
  };
  campaign(false);
  consider();

  return {
    get leads() {
      return leads;
    },
    post(message) {
      if (!closed) channel.postMessage(message);
    },
    shown: consider,
    close() {
      closed = true;
      leads = false;
      clearTimeout(takeOver);
      queue?.abort();
      resign();
      channel.close();
    },
  };
}

function aloneTab({ onLead }: TabsOptions): Tabs {
  let leads = false;
  let closed = false;
  // Not before the caller has the object.
  queueMicrotask(() => {
    if (closed) return;
    leads = true;
    onLead(true);
  });
  return {
    get leads() {
      return leads;
    },
    post() {},
    shown() {},
    close() {
      closed = true;
      leads = false;
    },
  };
}
