/**
 * What this browser remembers for one person in one workspace, in one entry of the storage.
 * At any time the entry belongs to one identity: whoever comes next finds nothing of the one
 * before but dismissals that are still to be sent, and those only for when that one returns.
 */

import type { TextStorage } from "./storage";
import type { ServerState } from "./store";
import { isBroadcast, isRecord, parseJson } from "./wire";

/** Of the entry's shape: another one is left alone until it is overwritten. */
const VERSION = 1;

/** By broadcast id: a revision. */
export type Revisions = Readonly<Record<string, number>>;

export interface Snooze {
  /** ms by the server's clock. */
  readonly until: number;
  readonly revision: number;
}

export interface Remembered {
  readonly version: typeof VERSION;
  readonly who: string;
  /** Signed by the server; names the session and, without a user token, the recipient. */
  readonly session: string | null;
  readonly sessionId: string | null;
  /** What the server called the person last: tells one dashboard cookie from the next. */
  readonly user: string | null;
  readonly dismissed: Revisions;
  /** Dismissals without a final answer: the outbox. */
  readonly pending: Revisions;
  readonly snoozed: Readonly<Record<string, Snooze>>;
  /** Announced on this origin ([PUB5]). */
  readonly announced: Revisions;
  /** Reported as seen. */
  readonly seen: Revisions;
  /** For showing the same again before the server has been heard. */
  readonly cache: Cache | null;
  /** Outboxes of others who used this browser. */
  readonly parked: readonly { who: string; pending: Revisions }[];
}

export interface Cache {
  readonly locale: string;
  readonly state: ServerState;
  /** Server's clock − this machine's, ms. */
  readonly offset: number;
}

export interface Memory {
  readonly data: Remembered;
  /** Changes some of it, on top of what other tabs have stored meanwhile. */
  update(change: (data: Remembered) => Partial<Remembered> | null): void;
  /** Reads what another tab has stored. */
  reload(): void;
  /** Another person than it seemed: nothing of this one is kept. */
  forget(): void;
}

/** Twice what a workspace can have live; older ones can no longer be shown ([ACK6]). */
const MAX_ENTRIES = 100;
const MAX_PARKED = 5;

function nothingOf(who: string): Remembered {
  return {
    version: VERSION,
    who,
    session: null,
    sessionId: null,
    user: null,
    dismissed: {},
    pending: {},
    snoozed: {},
    announced: {},
    seen: {},
    cache: null,
    parked: [],
  };
}

/** @param key one for each (server, workspace) */
export function openMemory(storage: TextStorage, key: string, who: string): Memory {
  const load = () => parse(storage.getItem(key));
  const save = () => storage.setItem(key, JSON.stringify(data));
  let data = takeOver(load(), who);
  save();

  function reload(): void {
    const stored = load();
    if (stored?.who === who) data = stored;
    else if (stored) data = { ...data, parked: takeOver(stored, who).parked };
  }

  return {
    get data() {
      return data;
    },
    update(change) {
      reload();
      const changes = change(data);
      if (!changes) return;
      data = { ...data, ...changes };
      save();
    },
    reload,
    forget() {
      data = { ...nothingOf(who), parked: data.parked };
      save();
    },
  };
}

/** What `who` finds in an entry that may be another's. */
function takeOver(stored: Remembered | null, who: string): Remembered {
  if (!stored) return nothingOf(who);
  if (stored.who === who) return stored;
  // [ACK3] A visitor who signs in keeps what they dismissed, also what is on its way, and shows
  // the server the session it was done in. What they were shown is not the user's to see.
  if (stored.who === "") return unpark({ ...stored, who, user: null, cache: null });
  const parked = Object.keys(stored.pending).length
    ? [...stored.parked, { who: stored.who, pending: stored.pending }]
    : stored.parked;
  return unpark({ ...nothingOf(who), parked: parked.slice(-MAX_PARKED) });
}

function unpark(data: Remembered): Remembered {
  const mine = data.parked.filter((other) => other.who === data.who);
  const pending = Object.assign({}, data.pending, ...mine.map((other) => other.pending));
  return {
    ...data,
    pending,
    dismissed: { ...data.dismissed, ...pending },
    parked: data.parked.filter((other) => other.who !== data.who),
  };
}

/** With this revision, if it is higher than the known one; the oldest entries fall out. */
export function raise(revisions: Revisions, id: string, revision: number): Revisions {
  if ((revisions[id] ?? 0) >= revision) return revisions;
  const entries = Object.entries(without(revisions, id)).slice(1 - MAX_ENTRIES);
  return { ...Object.fromEntries(entries), [id]: revision };
}

export function without<T>(entries: Readonly<Record<string, T>>, id: string): Record<string, T> {
  const { [id]: _, ...rest } = entries;
  return rest;
}

function parse(text: string | null): Remembered | null {
  const value = parseJson(text);
  return isRemembered(value) ? value : null;
}

/** The storage is the host page's too, and an earlier version may have written it. */
function isRemembered(value: unknown): value is Remembered {
  if (!isRecord(value) || value.version !== VERSION || typeof value.who !== "string") return false;
  const { dismissed, pending, snoozed, announced, seen, cache, parked } = value;
  return (
    [dismissed, pending, snoozed, announced, seen].every(isRecord) &&
    Array.isArray(parked) &&
    (cache === null ||
      (isRecord(cache) &&
        isRecord(cache.state) &&
        Array.isArray(cache.state.broadcasts) &&
        cache.state.broadcasts.every(isBroadcast)))
  );
}
