/**
 * Everything that belongs to one identity in one page: what the server describes to it, what it
 * put away, its connection. Another identity gets another one; what is on its way to or from
 * the first is then nobody's any more, so nothing of it is shown or sent as the second.
 */
import {
  type ClientFrame,
  type ServerFrame,
  SOCKET_PATH,
  type WireBroadcast,
} from "@/core/protocol";
import { createApi } from "./api";
import { type Clock, createTimer } from "./clock";
import type { ConnectionState } from "./events";
import type { Identity } from "./identity";
import { openMemory, type Remembered, raise, without } from "./memory";
import { createPolling } from "./polling";
import type { SafeStorage } from "./storage";
import { EMPTY_STATE, type PolledFrame, reduce, type ServerState, shownRevision } from "./store";
import { joinTabs } from "./tabs";
import { type Credentials, createTransport } from "./transport";
import { isBroadcast, isRecord } from "./wire";

export interface RecipientOptions {
  /** Of the server, without a slash at the end. */
  base: string;
  workspace: string;
  locale: string;
  identity: Identity;
  storage: SafeStorage;
  clock: Clock;
  /** Asks the host page for a token; null = it is another person's, this recipient is closed. */
  renew(): Promise<Identity | null>;
  /** State, exceptions or connection are different now. */
  onChange(): void;
  onDismissed(broadcast: WireBroadcast): void;
  /** Signed out in another tab. */
  onBye(): void;
  isVisible(): boolean;
  WebSocket: typeof WebSocket;
  fetch: typeof fetch;
  random(): number;
}

export interface Recipient {
  readonly who: string;
  readonly state: ServerState;
  readonly remembered: Remembered;
  readonly connection: ConnectionState;
  /** @param identity the same person's, with a newer token */
  renewed(identity: Identity): void;
  dismiss(broadcast: WireBroadcast): void;
  snooze(broadcast: WireBroadcast, seconds: number): void;
  seen(broadcast: WireBroadcast): void;
  clicked(broadcast: WireBroadcast): void;
  /** True the first time on this origin ([PUB5]). */
  announce(broadcast: WireBroadcast): boolean;
  recent(): Promise<WireBroadcast[]>;
  /** The page came into view, or the network came back. */
  nudge(): void;
  /** @param bye the other tabs should ask who is here as well */
  close(bye?: boolean): void;
}

/** A dismissal without an answer is sent again after this. */
const RESEND_MS = 10_000;
/** At a time: ten refused frames in ten seconds would close the connection (SPEC § 6). */
const RESEND_AT_ONCE = 5;
/** Answers that say "not now"; every other one is final ([ACK1]). */
const NOT_FINAL: readonly string[] = ["unavailable", "too_many", "token_invalid"];
/** [ACK4] So that a broadcast to everybody is not answered by everybody at once. */
const SEEN_SPREAD_MS = 10_000;
const SAVE_AFTER_MS = 100;
/** A token is renewed this long before it runs out. */
const RENEW_BEFORE_MS = 60_000;
const MIN_SNOOZE_S = 60;

export function openRecipient(options: RecipientOptions): Recipient {
  const { base, clock, locale, random, workspace } = options;
  const key = `loudhailer:${base.replace(/^\w+:\/\//, "")}:${workspace}`;
  const memory = openMemory(options.storage, key, options.identity.who);
  const unsentSeen = new Map<string, ClientFrame>();
  let identity = options.identity;
  let state = EMPTY_STATE;
  let connection: ConnectionState = "connecting";
  let closed = false;

  const { cache } = memory.data;
  if (cache?.locale === locale) {
    state = cache.state;
    clock.offset = cache.offset;
  }

  const resend = createTimer(sendPending);
  const seenTimer = createTimer(sendSeen);
  const renewal = createTimer(() => void renew(true));
  const saving = createTimer(saveCache);

  const tabs = joinTabs({
    name: `${key}:${identity.who}:${locale}`,
    shared: options.storage.shared,
    isVisible: options.isVisible,
    onLead(leads) {
      if (leads) transport.start();
      else standBy();
    },
    onMessage(message) {
      if (message.tab === "hello") shareState();
      else if (message.tab === "state") follow(message.cache, message.connection);
      else if (message.tab === "send") send(message.frame);
      else if (message.tab === "bye") options.onBye();
      else storedElsewhere();
    },
  });

  const transport = createTransport({
    url: socketUrl,
    credentials,
    onFrame: receive,
    onDown(opened) {
      if (!opened) polling.start();
      setConnection(polling.active ? "polling" : "connecting");
    },
    onRefused() {
      polling.stop();
      // Who the server does not want back has nothing to see either ([CLI7]).
      setState(EMPTY_STATE);
      setConnection("stopped");
    },
    WebSocket: options.WebSocket,
    random,
  });

  const api = createApi({ base, credentials, fetch: options.fetch });

  const polling = createPolling({
    api,
    query,
    onAnswer(broadcasts, session) {
      if (session) memory.update(() => ({ session }));
      receive({ type: "polled", broadcasts });
      setConnection("polling");
      sendPending();
    },
    random,
  });

  function query(): string {
    return new URLSearchParams({ workspace, ...(locale && { locale }) }).toString();
  }

  function socketUrl(): string {
    return `${base.replace(/^http/, "ws")}${SOCKET_PATH}?${query()}&seq=${state.seq}`;
  }

  async function credentials(fresh: boolean): Promise<Credentials | null> {
    const due = identity.expiresAt <= clock.now() + RENEW_BEFORE_MS / 2;
    if (fresh && !identity.token) memory.update(() => ({ session: null }));
    if ((fresh || due) && !(await renew(false))) return null;
    return closed ? null : { token: identity.token, session: memory.data.session };
  }

  async function renew(inBand: boolean): Promise<boolean> {
    const renewed = await options.renew().catch(() => identity);
    if (!renewed || closed) return false;
    take(renewed, inBand);
    return true;
  }

  function take(renewed: Identity, inBand: boolean): void {
    const isNew = renewed.token !== identity.token;
    identity = renewed;
    if (inBand && isNew && identity.token) {
      transport.send({ type: "authenticate", token: identity.token });
    }
    // Once: a page that hands out the same token again is asked when the server refuses it.
    if (isNew) renewBeforeExpiry();
  }

  function renewBeforeExpiry(): void {
    const left = identity.expiresAt - clock.now();
    if (tabs.leads) renewal.set(Math.max(left - RENEW_BEFORE_MS, left / 2));
  }

  function receive(frame: ServerFrame | PolledFrame): void {
    switch (frame.type) {
      case "connected":
        polling.stop();
        greeted(frame);
        break;
      case "broadcast_acknowledged":
        settle(frame.broadcast_id, frame.revision);
        break;
      case "error":
        if (frame.broadcast_id && !NOT_FINAL.includes(frame.code)) {
          refuse(frame.broadcast_id, frame.code === "not_found");
        }
        break;
      case "active_broadcast":
        snoozeAgain(frame.broadcast);
    }
    setState(reduce(state, frame));
    if (frame.type === "connected") {
      setConnection("live");
      sendPending();
      sendSeen();
    }
  }

  function greeted(frame: Extract<ServerFrame, { type: "connected" }>): void {
    clock.sync(frame.server_time);
    const user = identity.token ? null : frame.user_id;
    const { user: known } = memory.data;
    if (known && known !== user) {
      // Another person's cookie: by the host page's own sign-in, unseen from here.
      memory.forget();
      state = EMPTY_STATE;
    }
    // A cookie's session is not kept: after sign-out it would still name the person.
    const session = user ? null : frame.session_token;
    memory.update(() => ({ user, session, sessionId: frame.session_id }));
    renewBeforeExpiry();
  }

  function setState(next: ServerState): void {
    if (next === state) return;
    state = next;
    saving.set(SAVE_AFTER_MS);
    changed();
  }

  function setConnection(next: ConnectionState): void {
    const offline = next === "connecting" && globalThis.navigator?.onLine === false;
    connection = offline ? "offline" : next;
    changed();
  }

  function changed(): void {
    shareState();
    options.onChange();
  }

  function saveCache(): void {
    if (tabs.leads) memory.update(() => ({ cache: { locale, state, offset: clock.offset } }));
  }

  function shareState(): void {
    if (!tabs.leads) return;
    const visible = options.isVisible();
    const shared = { locale, state, offset: clock.offset };
    tabs.post({ tab: "state", cache: shared, connection, visible });
  }

  function follow(told: NonNullable<Remembered["cache"]>, leaderConnection: ConnectionState): void {
    // A tab that was frozen while it led may speak once more before it notices.
    if (tabs.leads || (told.state.epoch === state.epoch && told.state.seq < state.seq)) return;
    state = told.state;
    clock.offset = told.offset;
    connection = leaderConnection;
    memory.reload();
    options.onChange();
  }

  function standBy(): void {
    transport.stop();
    polling.stop();
    resend.clear();
    renewal.clear();
  }

  function stored(): void {
    tabs.post({ tab: "stored" });
    options.onChange();
  }

  function storedElsewhere(): void {
    const before = memory.data.dismissed;
    memory.reload();
    for (const broadcast of state.broadcasts) {
      const { id } = broadcast;
      if ((memory.data.dismissed[id] ?? 0) > (before[id] ?? 0)) options.onDismissed(broadcast);
    }
    sendPending();
    options.onChange();
  }

  /** Through the tab that is connected. */
  function send(frame: ClientFrame): boolean {
    if (tabs.leads) return transport.send(frame);
    tabs.post({ tab: "send", frame });
    return true;
  }

  function sendPending(): void {
    resend.clear();
    if (!tabs.leads) return;
    const pending = Object.entries(memory.data.pending).slice(0, RESEND_AT_ONCE);
    if (!pending.length) return;
    for (const [id, revision] of pending) {
      if (polling.active) void postPending(id, revision);
      else transport.send({ type: "acknowledge_broadcast", broadcast_id: id, revision });
    }
    resend.set(RESEND_MS);
  }

  async function postPending(id: string, revision: number): Promise<void> {
    const status = await polling.acknowledge(id, revision);
    if (closed) return;
    if (status >= 200 && status < 300) settle(id, revision);
    else if (status >= 400 && status < 500 && status !== 401 && status !== 429) {
      refuse(id, status === 404);
    }
  }

  function settle(id: string, revision: number): void {
    const dismissed = state.broadcasts.find((broadcast) => broadcast.id === id);
    const isNews = (memory.data.dismissed[id] ?? 0) < revision;
    memory.update((data) => ({
      dismissed: raise(data.dismissed, id, revision),
      pending: (data.pending[id] ?? 0) <= revision ? without(data.pending, id) : data.pending,
    }));
    if (dismissed && isNews) options.onDismissed(dismissed);
    stored();
  }

  /** The server will not have it: the banner is back, unless there is none any more. */
  function refuse(id: string, gone: boolean): void {
    memory.update((data) => ({
      pending: without(data.pending, id),
      dismissed: gone ? data.dismissed : without(data.dismissed, id),
      snoozed: without(data.snoozed, id),
    }));
    stored();
  }

  function sendSnooze(id: string, until: number): void {
    const seconds = Math.round((until - clock.now()) / 1000);
    if (seconds >= MIN_SNOOZE_S) send({ type: "snooze_broadcast", broadcast_id: id, seconds });
  }

  /** The server's word shows whether a snooze has reached it. */
  function snoozeAgain(broadcast: WireBroadcast): void {
    const mine = memory.data.snoozed[broadcast.id];
    const theirs = Date.parse(broadcast.snoozed_until ?? "") || 0;
    if (mine && mine.revision >= shownRevision(broadcast) && theirs < mine.until - 5_000) {
      sendSnooze(broadcast.id, mine.until);
    }
  }

  /** [PUB8] Empty until the server has said which session this is, and when it cannot answer. */
  async function recent(): Promise<WireBroadcast[]> {
    const { sessionId } = memory.data;
    if (!sessionId) return [];
    const path = `/api/v1/sessions/${encodeURIComponent(sessionId)}/messages`;
    const response = await api(`${path}?${query()}`).catch(() => null);
    const body: unknown = response?.ok ? await response.json() : null;
    return isRecord(body) && Array.isArray(body.data) ? body.data.filter(isBroadcast) : [];
  }

  function sendSeen(): void {
    for (const [id, frame] of unsentSeen) if (send(frame)) unsentSeen.delete(id);
  }

  return {
    who: identity.who,
    get state() {
      return state;
    },
    get remembered() {
      return memory.data;
    },
    get connection() {
      return connection;
    },
    renewed(renewed) {
      take(renewed, true);
      // After `stopped` a new token is a new chance.
      if (tabs.leads) transport.start();
    },
    dismiss({ id, revision }) {
      memory.update((data) => ({
        dismissed: raise(data.dismissed, id, revision),
        pending: raise(data.pending, id, revision),
      }));
      stored();
      sendPending();
    },
    snooze(broadcast, seconds) {
      const { id } = broadcast;
      const until = clock.now() + seconds * 1000;
      memory.update((data) => ({
        snoozed: { ...data.snoozed, [id]: { until, revision: shownRevision(broadcast) } },
      }));
      sendSnooze(id, until);
      stored();
    },
    seen(broadcast) {
      const { id } = broadcast;
      const revision = shownRevision(broadcast);
      if ((memory.data.seen[id] ?? 0) >= revision) return;
      memory.update((data) => ({ seen: raise(data.seen, id, revision) }));
      unsentSeen.set(id, { type: "broadcast_seen", broadcast_id: id });
      seenTimer.set(random() * SEEN_SPREAD_MS);
    },
    clicked({ id }) {
      send({ type: "broadcast_clicked", broadcast_id: id });
    },
    announce(broadcast) {
      const { id } = broadcast;
      const revision = shownRevision(broadcast);
      const isKnown = (data: Remembered) => (data.announced[id] ?? 0) >= revision;
      if (isKnown(memory.data)) return false;
      let first = false;
      memory.update((data) => {
        first = !isKnown(data);
        return first ? { announced: raise(data.announced, id, revision) } : null;
      });
      return first;
    },
    recent,
    nudge() {
      tabs.shown();
      transport.nudge();
      shareState();
    },
    close(bye) {
      if (closed) return;
      sendSeen();
      saveCache();
      if (bye) tabs.post({ tab: "bye" });
      closed = true;
      standBy();
      seenTimer.clear();
      saving.clear();
      tabs.close();
    },
  };
}
