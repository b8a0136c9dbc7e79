/**
 * One connection for all tabs of an origin ([CLI4]): the tab that holds a Web Lock leads, a
 * BroadcastChannel joins the others to it. A visible tab takes the lead from a hidden one,
 * because browsers slow hidden tabs down and freeze them. Where either API is missing (plain
 * http, old browsers) each tab leads itself.
 */
import type { ClientFrame } from "@/core/protocol";
import type { ConnectionState } from "./events";
import type { NumbersField, Remembered } from "./memory";

/** What tabs tell each other. Same origin, perhaps an older cached copy of this file. */
export type TabMessage =
  /** A new tab: whoever leads, say `state`. */
  | { tab: "hello" }
  /** Everything the leader knows; `visible` says whether it may stay the leader. */
  | { tab: "state"; data: Remembered; connection: ConnectionState; visible: boolean }
  /** For the leader to send. */
  | { tab: "send"; frame: ClientFrame }
  /** What was put away, announced or seen; 0 = no longer. */
  | { tab: "own"; field: NumbersField; key: string; value: number }
  /** This identity has signed out elsewhere. */
  | { tab: "bye" };

export interface TabsOptions {
  /** Whether tabs see the same storage; without it they cannot stand for each other. */
  shared: boolean;
  /** One for each (server, workspace, identity, locale). */
  name: string;
  /** This tab connects from now on; false: another one does. Never before `joinTabs` returns. */
  onLead(leads: boolean): void;
  onTold(message: TabMessage): void;
  isInView(): boolean;
}

export interface Tabs {
  readonly leads: boolean;
  tell(message: TabMessage): void;
  /** This tab has come into view, or gone out of it. */
  look(): void;
  close(): void;
}

/** A hidden leader keeps its place this long after another tab came into view. */
const TAKE_OVER_AFTER_MS = 1_500;

export function joinTabs({ shared, name, onLead, onTold, isInView }: TabsOptions): Tabs {
  const locks = globalThis.navigator?.locks;
  const channel = shared && locks && globalThis.BroadcastChannel && new BroadcastChannel(name);
  const queue = new AbortController();
  let leads = false;
  let closed = false;
  let queued = false;
  /** Locks that were granted here and not stolen: two for a moment, where one was this tab's own. */
  let held = 0;
  let leaderVisible = false;
  let resign = () => {};
  let challenging = false;

  function lead(now: boolean): void {
    if (leads === now || closed) return;
    leads = now;
    onLead(now);
  }

  function campaign(steal: boolean): void {
    // One place in the queue is enough, however often the lead is lost.
    if (!steal && queued) return;
    queued ||= !steal;
    // The two options exclude each other; `queue` has a `signal`.
    const how = steal ? { steal } : queue;
    const hold = () => {
      if (!steal) queued = false;
      held++;
      lead(true);
      return new Promise<void>((release) => {
        resign = release;
        if (closed) release();
      });
    };
    locks.request(name, how, hold).catch(() => {
      // A tab in view has stolen it; or there are no locks here (a sandboxed frame).
      if (!leads) return lead(true);
      // The thief is this tab: a busy browser granted its place in the queue just as it gave up.
      if (--held) return;
      lead(false);
      campaign(false);
    });
  }

  function look(): void {
    if (!channel || leads || closed) return;
    leaderVisible = false;
    channel.postMessage({ tab: "hello" } satisfies TabMessage);
    challenge();
  }

  /** Whoever leads has a moment to show that it is in view. */
  function challenge(): void {
    if (challenging) return;
    challenging = true;
    setTimeout(() => {
      challenging = false;
      if (!leads && !closed && !leaderVisible && isInView()) campaign(true);
    }, TAKE_OVER_AFTER_MS);
  }

  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      if (data.tab === "state") {
        leaderVisible = data.visible;
        if (!leaderVisible) challenge();
      }
      onTold(data);
    };
    campaign(false);
    look();
  } else queueMicrotask(() => lead(true));

  return {
    get leads() {
      return leads;
    },
    tell(message) {
      if (channel && !closed) channel.postMessage(message);
    },
    look,
    close() {
      closed = true;
      leads = false;
      queue.abort();
      resign();
      if (channel) channel.close();
    },
  };
}
