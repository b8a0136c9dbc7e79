import type { WireBroadcast } from "@/core/protocol";
import { createClock, createTimer } from "./clock";
import { type ConnectionState, createEmitter, type Emitter } from "./events";
import { type GetToken, identityOf, type Token } from "./identity";
import { watchPage } from "./page";
import { openRecipient, type Recipient } from "./recipient";
import { safeStorage, type TextStorage } from "./storage";
import { nextChangeAt, visibleBanners } from "./store";
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
  /**
   * Told each step, for whoever builds this in: frames as they come, connections that end (with
   * their close code), which tab connects, a `getToken` that fails. Never a token. Default: nobody.
   */
  log?(message: string, detail?: unknown): void;
  /** Default: the platform's. Node before 22 needs the `ws` package's. */
  WebSocket?: typeof WebSocket;
}

/** Immutable; the same object until something changes. */
export interface BannerSnapshot {
  /** What this page should show now, in order ([BC7]). */
  readonly banners: readonly WireBroadcast[];
  /** How many of them at once; the others wait behind "N more". */
  readonly stackSize: number;
  /** Ids of those that appear with this snapshot, for the first time on this origin. */
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
  /**
   * Somebody signed in, out, or changed: asks `getToken` again.
   * @param getToken in place of the one given before
   */
  identify(getToken?: GetToken): Promise<void>;
  /** Nobody is signed in from now on, until `identify(getToken)`; takes effect at once. */
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

/**
 * Time is looked at this often, whatever a timer was set to: while a machine sleeps its timers
 * stand still, and a banner must not outlive its end by that ([CLI6]).
 */
const LOOK_AGAIN_MS = 30_000;

/**
 * Signed out in another tab, `getToken` may still know who was here: browsers bring what that tab
 * took out of a storage to this one later than the news, and its page may only now be ending the
 * session. So it is asked again after these.
 */
const BYE_ASKS_MS = [1_000, 10_000];

/** A token is renewed this long before it runs out. */
const RENEW_BEFORE_MS = 60_000;

/**
 * The banners of one page, without any framework ([CLI1]). Starts by itself; never throws for
 * what a network, a storage or a server does. Without a WebSocket (server rendering) it stays
 * empty.
 */
export function createBannerClient(options: BannerClientOptions = {}): BannerClient {
  const page = globalThis.document as Document | undefined;
  const { log = () => {}, WebSocket = globalThis.WebSocket } = options;
  const clock = createClock();
  const storage = safeStorage(options.storage);
  const events = createEmitter();
  const listeners = new Set<() => void>();

  let { getToken } = options;
  let locale = options.locale ?? (page?.documentElement.lang || globalThis.navigator?.language);
  let identity = identityOf(null);
  let recipient: Recipient | undefined;
  let snapshot = EMPTY_SNAPSHOT;
  let givenPath: string | null = null;
  let closed = false;
  /** Answers of `getToken` that a later question has overtaken recognise it by this. */
  let asked = 0;
  let failures = 0;

  const boundary = createTimer(recompute);
  /** Asks again after `getToken` failed, and before a token runs out. */
  const again = createTimer(ask);

  const isInView = () => !page?.hidden;

  /** Resolves when the answer has taken effect; never rejects. */
  async function ask(): Promise<void> {
    const mine = ++asked;
    const isNewest = () => mine === asked && !closed;
    try {
      const answer = getToken?.();
      // Without a detour when there is no need to wait: what a reload shows at once is this.
      const token = answer && typeof answer === "object" ? await answer : answer;
      if (isNewest()) adopt(token);
    } catch (error) {
      log("getToken failed", error);
      if (isNewest()) again.set(backoffMs(++failures));
    }
  }

  function adopt(token: Token): void {
    const isNew = token !== identity.token;
    identity = identityOf(token);
    failures = 0;
    const left = identity.expiresAt - clock.now();
    // A page that hands out the same token again is asked when the server refuses it.
    if (isNew) again.set(Math.max(left - RENEW_BEFORE_MS, left / 2));
    if (recipient?.who !== identity.who) open();
    else recipient.renewed(isNew ? token : null);
  }

  function open(bye?: boolean): void {
    recipient?.close(bye);
    if (closed || !WebSocket) return;
    recipient = openRecipient({
      base: (options.url ?? globalThis.location?.origin ?? "").replace(/\/+$/, ""),
      workspace: options.workspace ?? "default",
      locale: locale ?? "",
      who: identity.who,
      storage,
      clock,
      async token(fresh) {
        if (fresh || identity.expiresAt < clock.now()) await ask();
        return identity.token;
      },
      onChange: recompute,
      onBye() {
        void ask();
        for (const delay of BYE_ASKS_MS) setTimeout(ask, delay);
      },
      isInView,
      log,
      WebSocket,
    });
    recompute();
  }

  function recompute(): void {
    if (closed || !recipient) return;
    const { state, own, connection } = recipient.now();
    const now = clock.now();
    const path = givenPath ?? globalThis.location?.pathname ?? "/";
    const banners = visibleBanners(state, own, now, path);
    // Those that nobody on this origin has seen; only a page in view shows anything.
    const news = banners
      .slice(0, state.stackSize)
      .filter((broadcast) => isInView() && recipient?.announce(broadcast));
    boundary.set(Math.min(nextChangeAt(state, own, now) - now, LOOK_AGAIN_MS));
    const before = snapshot;
    const next: BannerSnapshot = {
      banners,
      stackSize: state.stackSize,
      fresh: news.map(({ id }) => id),
      connection,
    };
    // By value: a reconnect brings the same banners again, as other objects.
    if (JSON.stringify(next) !== JSON.stringify(before)) {
      snapshot = next;
      for (const listener of listeners) listener();
    }
    for (const broadcast of news) events.emit("shown", { broadcast });
    if (connection !== before.connection) events.emit("connection", { state: connection });
  }

  function withBroadcast(id: string, act: (of: Recipient, broadcast: WireBroadcast) => void): void {
    const broadcast = recipient?.now().state.broadcasts.find((known) => known.id === id);
    if (recipient && broadcast) act(recipient, broadcast);
  }

  const stopWatching = watchPage({
    changed() {
      recipient?.nudge();
      recompute();
    },
    moved: recompute,
    left: () => recipient?.close(),
    back() {
      open();
      void ask();
    },
  });
  void ask();

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
    recent: async () => recipient?.recent() ?? [],
    identify(next = getToken) {
      getToken = next;
      return ask();
    },
    signOut() {
      getToken = undefined;
      asked++;
      again.clear();
      identity = identityOf(null);
      open(true);
    },
    close() {
      closed = true;
      getToken = undefined;
      stopWatching();
      boundary.clear();
      again.clear();
      recipient?.close();
      listeners.clear();
    },
  };
}
