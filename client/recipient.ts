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
import type { Token } from "./identity";
import { nothingOf, openMemory, type Remembered } from "./memory";
import { createPolling } from "./polling";
import type { SafeStorage } from "./storage";
import {
  EMPTY_STATE,
  type PolledFrame,
  reduce,
  type ServerState,
  shownRevision,
  snoozeKey,
  timeOf,
} from "./store";
import { joinTabs, type TabMessage } from "./tabs";
import { type Credentials, createTransport } from "./transport";
import { isBroadcast, isRecord } from "./wire";

export interface RecipientOptions {
  /** Of the server, without a slash at the end. */
  base: string;
  workspace: string;
  locale: string;
  who: string;
  storage: SafeStorage;
  clock: Clock;
  /** @param fresh the last one was refused. Another person's closes this recipient first. */
  token(fresh: boolean): Promise<Token>;
  /** State, exceptions or connection are different now. */
  onChange(): void;
  /** Signed out in another tab. */
  onBye(): void;
  isInView(): boolean;
  log(message: string, detail?: unknown): void;
  WebSocket: typeof WebSocket;
}

export interface Recipient {
  readonly who: string;
  /** What the server describes, what was put away here, and how both come and go. */
  now(): { state: ServerState; own: Remembered; connection: ConnectionState };
  /** The same person has a newer token. */
  renewed(token: Token): void;
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
/**
 * Codes that say "not now": `unavailable`, `unauthenticated`, `too_many`, `token_invalid`,
 * `internal`. Every other answer is final ([ACK1]).
 */
const NOT_FINAL = /^(una|to|int)/;
/** [ACK4] So that a broadcast to everybody is not answered by everybody at once. */
const SEEN_SPREAD_MS = 10_000;
const SAVE_AFTER_MS = 100;
const MIN_SNOOZE_S = 60;
/** The server's word on a snooze may differ from ours by what the frame took to arrive. */
const SNOOZE_SLACK_MS = 5_000;

export function openRecipient(options: RecipientOptions): Recipient {
  const { base, clock, locale, log, who, workspace } = options;
  const key = `loudhailer:${base}:${workspace}`;
  const memory = openMemory(options.storage, key, who, (field, id, value) =>
    tabs.tell({ tab: "own", field, key: id, value }),
  );
  const unsentSeen = new Set<string>();
  let { state } = memory.data.cache;
  let connection: ConnectionState = "connecting";
  let closed = false;

  clock.offset ||= memory.data.cache.offset;

  const resend = createTimer(sendPending);
  const seenTimer = createTimer(sendSeen);
  const saving = createTimer(saveCache);

  const tabs = joinTabs({
    name: `${key}:${who}:${locale}`,
    shared: options.storage.shared,
    isInView: options.isInView,
    onLead(leads) {
      log("connects", leads);
      if (leads) transport.start();
      else standBy();
    },
    onTold: heardTab,
  });

  const transport = createTransport({
    url: () => `${base.replace(/^http/, "ws")}${SOCKET_PATH}?${query()}&seq=${state.seq}`,
    credentials,
    onFrame: receive,
    onDown(opened, code) {
      log("closed", code);
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
  });

  const api = createApi({ base, credentials });
  const polling = createPolling({ api, query, onFrame: receive, onTime: setClock });

  function query(): string {
    return `${new URLSearchParams({ workspace, ...(locale && { locale }) })}`;
  }

  async function credentials(fresh: boolean): Promise<Credentials | null> {
    const token = await options.token(fresh);
    // Without a token it is the session that was refused.
    if (fresh && !token) memory.update({ session: null });
    return closed ? null : { token, session: memory.data.session };
  }

  function receive(frame: ServerFrame | PolledFrame): void {
    const { broadcast, code } = frame as { broadcast?: unknown; code?: unknown };
    log(frame.type, broadcast ?? code);
    switch (frame.type) {
      case "connected":
        greeted(frame);
        break;
      case "broadcast_acknowledged":
        settle(frame.broadcast_id, frame.revision);
        break;
      case "error":
        if (frame.broadcast_id && !NOT_FINAL.test(frame.code)) {
          refuse(frame.broadcast_id, frame.code === "not_found");
        }
        break;
      case "active_broadcast":
        snoozeAgain(frame.broadcast);
        break;
      case "polled":
        if (frame.session_token) memory.update({ session: frame.session_token });
    }
    setState(reduce(state, frame));
    if (frame.type === "connected") {
      setConnection("live");
      sendSeen();
    } else if (frame.type === "polled") setConnection("polling");
    else return;
    sendPending();
  }

  function greeted(frame: Extract<ServerFrame, { type: "connected" }>): void {
    polling.stop();
    setClock(Date.parse(frame.server_time));
    const user = who ? null : frame.user_id;
    const { user: known } = memory.data;
    if (known && known !== user) {
      // Another person's cookie: by the host page's own sign-in, unseen from here.
      memory.update(nothingOf(who));
      state = EMPTY_STATE;
    }
    memory.update({ user, session: frame.session_token, sessionId: frame.session_id });
  }

  function setClock(serverTime: number): void {
    // What cannot be read says nothing: better what was known before.
    clock.offset = serverTime - Date.now() || clock.offset;
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
    // First here, so that what is announced here is known to be when the others are told.
    options.onChange();
    shareState();
  }

  function toRemember(): Remembered {
    return { ...memory.data, cache: { state, offset: clock.offset } };
  }

  function saveCache(): void {
    if (tabs.leads) memory.update(toRemember());
  }

  function shareState(): void {
    if (!tabs.leads) return;
    tabs.tell({ tab: "state", data: toRemember(), connection, visible: options.isInView() });
  }

  function heardTab(message: TabMessage): void {
    if (message.tab === "hello") shareState();
    else if (message.tab === "state") follow(message.data, message.connection);
    // Does nothing in a tab that has no connection: passing it on would go round for ever.
    else if (message.tab === "send") transport.send(message.frame);
    else if (message.tab === "bye") options.onBye();
    else {
      memory.hear(message.field, message.key, message.value);
      if (message.field === "pending") sendPending();
      saving.set(SAVE_AFTER_MS);
      options.onChange();
    }
  }

  function follow(told: Remembered, leaderConnection: ConnectionState): void {
    const { cache } = told;
    // A tab that was frozen while it led may speak once more before it notices.
    if (tabs.leads || (cache.state.epoch === state.epoch && cache.state.seq < state.seq)) return;
    state = cache.state;
    clock.offset = cache.offset;
    connection = leaderConnection;
    memory.adopt(told);
    options.onChange();
  }

  function standBy(): void {
    transport.stop();
    polling.stop();
    resend.clear();
  }

  /** Through the tab that is connected. */
  function send(frame: ClientFrame): boolean {
    if (tabs.leads) return transport.send(frame);
    tabs.tell({ tab: "send", frame });
    return true;
  }

  function sendPending(): void {
    resend.clear();
    const pending = Object.entries(memory.data.pending).slice(0, RESEND_AT_ONCE);
    if (!tabs.leads || !pending.length) return;
    const way = polling.active ? polling : transport;
    for (const [broadcast_id, revision] of pending) {
      way.send({ type: "acknowledge_broadcast", broadcast_id, revision });
    }
    resend.set(RESEND_MS);
  }

  function settle(id: string, revision: number): void {
    memory.raise("dismissed", id, revision);
    if ((memory.data.pending[id] ?? 0) <= revision) memory.raise("pending", id, 0);
    options.onChange();
  }

  /** The server will not have it: the banner is back, unless there is none any more. */
  function refuse(id: string, gone: boolean): void {
    memory.raise("pending", id, 0);
    if (!gone) memory.raise("dismissed", id, 0);
    options.onChange();
  }

  function sendSnooze(broadcast_id: string, until: number): void {
    const seconds = Math.round((until - clock.now()) / 1000);
    if (seconds >= MIN_SNOOZE_S) send({ type: "snooze_broadcast", broadcast_id, seconds });
  }

  /** The server's word shows whether a snooze has reached it. */
  function snoozeAgain(broadcast: WireBroadcast): void {
    const until = memory.data.snoozed[snoozeKey(broadcast)] ?? 0;
    if (timeOf(broadcast.snoozed_until) < until - SNOOZE_SLACK_MS) sendSnooze(broadcast.id, until);
  }

  function sendSeen(): void {
    for (const broadcast_id of unsentSeen) {
      if (send({ type: "broadcast_seen", broadcast_id })) unsentSeen.delete(broadcast_id);
    }
  }

  /** [PUB8] Empty until the server has said which session this is, and when it cannot answer. */
  async function recent(): Promise<WireBroadcast[]> {
    const path = `/api/v1/sessions/${memory.data.sessionId}/messages?${query()}`;
    const response = await api(path).catch(() => null);
    const body: unknown = response?.ok ? await response.json() : null;
    return isRecord(body) && Array.isArray(body.data) ? body.data.filter(isBroadcast) : [];
  }

  return {
    who,
    now: () => ({ state, own: memory.data, connection }),
    renewed(token) {
      if (!tabs.leads) return;
      if (token) transport.send({ type: "authenticate", token });
      // After `stopped` a new token is a new chance.
      transport.start();
    },
    dismiss({ id, revision }) {
      memory.raise("dismissed", id, revision);
      memory.raise("pending", id, revision);
      sendPending();
      options.onChange();
    },
    snooze(broadcast, seconds) {
      const until = clock.now() + seconds * 1000;
      memory.raise("snoozed", snoozeKey(broadcast), until);
      sendSnooze(broadcast.id, until);
      options.onChange();
    },
    seen(broadcast) {
      if (!memory.raise("seen", broadcast.id, shownRevision(broadcast))) return;
      unsentSeen.add(broadcast.id);
      seenTimer.set(Math.random() * SEEN_SPREAD_MS);
    },
    clicked({ id }) {
      send({ type: "broadcast_clicked", broadcast_id: id });
    },
    announce(broadcast) {
      return memory.raise("announced", broadcast.id, shownRevision(broadcast));
    },
    recent,
    nudge() {
      tabs.look();
      transport.nudge();
      shareState();
    },
    close(bye) {
      if (closed) return;
      sendSeen();
      saveCache();
      if (bye) tabs.tell({ tab: "bye" });
      closed = true;
      standBy();
      seenTimer.clear();
      saving.clear();
      tabs.close();
    },
  };
}
