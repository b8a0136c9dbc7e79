import type { WireBroadcast } from "@/core/protocol";
import { createClock, createTimer } from "./clock";
import { type ConnectionState, createEmitter, type Emitter, isolate } from "./events";
import { ANONYMOUS, type GetToken, type Identity, identityOf } from "./identity";
import { watchPage } from "./page";
import { openRecipient, type Recipient } from "./recipient";
import { safeStorage, type TextStorage } from "./storage";
import { EMPTY_STATE, nextChangeAt, visibleBanners } from "./store";
import { backoffMs } from "./transport";

export interface BannerClientOptions {
  /** Where Loudhailer runs (`https://HOST`). Default: the page's own origin. */
  url?: string;
  /** Default: `default`. */
  workspace?: string;
  /**
   * The user token of who is signed in, null when nobody is. Asked at the start, by
   * `identify()`, before a token runs out and when the server refuses one. Absent: visitors are
   * anonymous. One that answers without a promise lets a reload show its banners at once.
   */
  getToken?: GetToken;
  /** BCP 47. Default: the page's `<html lang>`, else the browser's. */
  locale?: string;
  /** Default: the page's `localStorage`. null = remember nothing beyond this page. */
  storage?: TextStorage | null;
  /** Told what is unusual, for debugging. Default: nobody. */
  log?(message: string, detail?: unknown): void;
  /** Default: the platform's. Node before 22 needs the `ws` package's. */
  WebSocket?: typeof WebSocket;
  /** Default: the platform's. */
  fetch?: typeof fetch;
  /** 0 ≤ x < 1, for jitter. Default: `Math.random`. */
  random?(): number;
}

/** Immutable; the same object until something changes. */
export interface BannerSnapshot {
  /** What this page should show now, in order ([BC7]). */
  readonly banners: readonly WireBroadcast[];
  /** How many of them at once; the others wait behind "N more". */
  readonly stackSize: number;
  /** Ids of those that appeared on this origin within the last second: these may animate. */
  readonly fresh: readonly string[];
  readonly connection: ConnectionState;
}

export interface BannerClient {
  /** Calls `listener` after each change of the snapshot. @returns unsubscribe */
  subscribe(listener: () => void): () => void;
  getSnapshot(): BannerSnapshot;
  on: Emitter["on"];
  /** Puts a banner away for good, on all devices ([ACK1], [ACK2]). Offline too. */
  dismiss(broadcastId: string): void;
  /** Hides a banner until then ([ACK5]). @param seconds 60 to 2,592,000 */
  snooze(broadcastId: string, seconds: number): void;
  /** It has been on screen for a second ([ACK4]). Reported once. */
  markSeen(broadcastId: string): void;
  /** Its action, or a link in its text, was followed. */
  click(broadcastId: string, url?: string): void;
  /**
   * The page that rules are evaluated for ([AUD3]). Needed only for a router that does not
   * change the address. null = `location.pathname` again.
   */
  setPath(path: string | null): void;
  setLocale(locale: string): void;
  /**
   * Recent announcements, dismissed and ended ones included ([PUB8]); newest first. Empty when
   * the server cannot be reached.
   */
  recent(): Promise<WireBroadcast[]>;
  /** Somebody signed in, out, or changed: asks `getToken` again. */
  identify(): Promise<void>;
  /** Nobody is signed in from now on, until `identify()`; takes effect at once. */
  signOut(): void;
  /** Ends everything; may be called twice. */
  close(): void;
}

export const EMPTY_SNAPSHOT: BannerSnapshot = {
  banners: [],
  stackSize: 1,
  fresh: [],
  connection: "connecting",
};

/** How long a banner counts as just having appeared. */
const FRESH_MS = 1_000;

/**
 * The banners of one page, without any framework ([CLI1]). Starts by itself; never throws for
 * what a network, a storage or a server does. Without a WebSocket (server rendering) it stays
 * empty.
 */
export function createBannerClient(options: BannerClientOptions = {}): BannerClient {
  const page = globalThis.document as Document | undefined;
  const random = options.random ?? Math.random;
  const log = options.log ?? (() => {});
  const clock = createClock();
  const storage = safeStorage(options.storage);
  const events = createEmitter();
  const listeners = new Set<() => void>();
  /** Broadcast id → when it appeared, ms of this machine. */
  const appeared = new Map<string, number>();
  const socketClass = options.WebSocket ?? globalThis.WebSocket;

  let recipient: Recipient | null = null;
  let identity: Identity = ANONYMOUS;
  let snapshot = EMPTY_SNAPSHOT;
  let locale = options.locale ?? (page?.documentElement.lang || globalThis.navigator?.language);
  let givenPath: string | null = null;
  let signedOut = false;
  let closed = false;
  /** Answers of `getToken` that a later question has overtaken recognise it by this. */
  let asked = 0;
  let failures = 0;

  const boundary = createTimer(recompute);
  const again = createTimer(() => void identify());

  const isVisible = () => page?.visibilityState !== "hidden";
  const ask = () => (signedOut ? null : options.getToken?.());

  function identify(): Promise<void> {
    again.clear();
    const mine = ++asked;
    const failed = (error: unknown) => {
      log("getToken failed", error);
      if (mine === asked && !closed) again.set(backoffMs(++failures, random));
    };
    const take = (token: string | null | undefined) => {
      if (mine !== asked || closed) return;
      failures = 0;
      adopt(identityOf(token));
    };
    try {
      const token = ask();
      // Without a detour when there is no need to wait: what a reload shows at once is this.
      if (token && typeof token === "object") return token.then(take).catch(failed);
      take(token);
    } catch (error) {
      failed(error);
    }
    return Promise.resolve();
  }

  function adopt(next: Identity): void {
    identity = next;
    if (recipient?.who === next.who) recipient.renewed(next);
    else open();
  }

  function open(bye?: boolean): void {
    recipient?.close(bye);
    recipient = null;
    if (closed || !socketClass) return;
    recipient = openRecipient({
      base: (options.url ?? globalThis.location?.origin ?? "").replace(/\/+$/, ""),
      workspace: options.workspace ?? "default",
      locale: locale ?? "",
      identity,
      storage,
      clock,
      renew,
      onChange: recompute,
      onDismissed: (broadcast) => events.emit("dismissed", { broadcast }),
      onBye: () => void identify(),
      isVisible,
      WebSocket: socketClass,
      fetch: options.fetch ?? ((...call) => fetch(...call)),
      random,
    });
    recompute();
  }

  async function renew(): Promise<Identity | null> {
    const mine = asked;
    const next = identityOf(await ask());
    if (mine !== asked) return null;
    const same = next.who === recipient?.who;
    identity = next;
    if (same) return next;
    open();
    return null;
  }

  function recompute(): void {
    if (closed) return;
    const state = recipient?.state ?? EMPTY_STATE;
    const own = recipient?.remembered ?? { dismissed: {}, snoozed: {} };
    const now = clock.now();
    const path = givenPath ?? globalThis.location?.pathname ?? "/";
    const banners = visibleBanners(state, own, now, path);
    const news = announce(banners.slice(0, state.stackSize));
    boundary.set(nextChangeAt(state, own, now) - now);
    const before = snapshot;
    snapshot = {
      banners,
      stackSize: state.stackSize,
      fresh: freshIds(),
      connection: recipient?.connection ?? "connecting",
    };
    if (isSame(before, snapshot)) snapshot = before;
    else for (const listener of [...listeners]) isolate(listener);
    for (const broadcast of news) events.emit("shown", { broadcast });
    const { connection } = snapshot;
    if (connection !== before.connection) events.emit("connection", { state: connection });
  }

  /** Those that nobody on this origin has seen; only a page in view shows anything. */
  function announce(banners: readonly WireBroadcast[]): WireBroadcast[] {
    if (!isVisible()) return [];
    const news = banners.filter((broadcast) => recipient?.announce(broadcast));
    for (const { id } of news) appeared.set(id, Date.now());
    return news;
  }

  function freshIds(): string[] {
    for (const [id, at] of appeared) if (at < Date.now() - FRESH_MS) appeared.delete(id);
    return [...appeared.keys()];
  }

  function withBroadcast(id: string, act: (of: Recipient, broadcast: WireBroadcast) => void): void {
    const broadcast = recipient?.state.broadcasts.find((known) => known.id === id);
    if (recipient && broadcast) act(recipient, broadcast);
  }

  const stopWatching = watchPage({
    changed() {
      recipient?.nudge();
      recompute();
    },
    moved: recompute,
    left() {
      recipient?.close();
    },
    back() {
      open();
      void identify();
    },
  });
  void identify();

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => snapshot,
    on: events.on,
    dismiss(id) {
      withBroadcast(id, (of, broadcast) => {
        if (!broadcast.dismissible) return;
        of.dismiss(broadcast);
        events.emit("dismissed", { broadcast });
      });
    },
    snooze(id, seconds) {
      withBroadcast(id, (of, broadcast) => of.snooze(broadcast, seconds));
    },
    markSeen(id) {
      withBroadcast(id, (of, broadcast) => of.seen(broadcast));
    },
    click(id, url) {
      withBroadcast(id, (of, broadcast) => {
        of.clicked(broadcast);
        events.emit("clicked", { broadcast, url: url ?? broadcast.action?.url ?? null });
      });
    },
    setPath(path) {
      givenPath = path;
      recompute();
    },
    setLocale(next) {
      if (next === locale) return;
      locale = next;
      if (recipient) open();
    },
    recent: async () => (await recipient?.recent()) ?? [],
    identify() {
      signedOut = false;
      return identify();
    },
    signOut() {
      asked++;
      again.clear();
      signedOut = true;
      identity = ANONYMOUS;
      open(true);
    },
    close() {
      if (closed) return;
      closed = true;
      stopWatching();
      boundary.clear();
      again.clear();
      recipient?.close();
      listeners.clear();
    },
  };
}

function isSame(a: BannerSnapshot, b: BannerSnapshot): boolean {
  return (
    a.connection === b.connection &&
    a.stackSize === b.stackSize &&
    sameItems(a.banners, b.banners) &&
    sameItems(a.fresh, b.fresh)
  );
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
