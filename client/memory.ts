/**
 * What this browser remembers for one person in one workspace. The main entry of the storage
 * belongs to one identity at any time: whoever comes next finds nothing of the one before.
 * Dismissals that are still to be sent have an entry for each identity, so that they wait for
 * its return.
 */
import type { TextStorage } from "./storage";
import { EMPTY_STATE, type ServerState } from "./store";
import { isBroadcast, isRecord, parseJson } from "./wire";

/** By broadcast id: a revision; or a time. */
export type Numbers = Readonly<Record<string, number>>;

export interface Remembered {
  readonly version: typeof VERSION;
  readonly who: string;
  /** Signed by the server; names the session and, without a user token, the recipient. */
  readonly session: string | null;
  readonly sessionId: string;
  /** What the server called the person last: tells one dashboard cookie from the next. */
  readonly user: string | null;
  /** Highest revisions dismissed, with or without an answer. */
  readonly dismissed: Numbers;
  /** Those without a final answer: the outbox. */
  readonly pending: Numbers;
  /** Until when, ms by the server's clock; by `snoozeKey`. */
  readonly snoozed: Numbers;
  /** Announced on this origin ([PUB5]). */
  readonly announced: Numbers;
  /** Reported as seen. */
  readonly seen: Numbers;
  /** For showing the same again before the server has been heard. */
  readonly cache: Cache;
}

export interface Cache {
  readonly state: ServerState;
  /** Server's clock − this machine's, ms. */
  readonly offset: number;
}

type NumbersField = "dismissed" | "pending" | "snoozed" | "announced" | "seen";

export interface Memory {
  readonly data: Remembered;
  /** Each change is made on top of what other tabs have stored meanwhile. */
  update(changes: Partial<Remembered>): void;
  /** Sets the number if it is higher than the known one. @returns whether it is */
  raise(field: NumbersField, key: string, value: number): boolean;
  drop(field: NumbersField, key: string): void;
  /** Reads what another tab has stored. */
  reload(): void;
  /** Another person than it seemed: nothing of this one is kept. */
  forget(): void;
}

/** Of the entry's shape; one of another version is overwritten. */
const VERSION = 1;
/** Twice what a workspace can have live; older ones can no longer be shown ([ACK6]). */
const MAX_ENTRIES = 100;

const nothingOf = (who: string): Remembered => ({
  version: VERSION,
  who,
  session: null,
  sessionId: "",
  user: null,
  dismissed: {},
  pending: {},
  snoozed: {},
  announced: {},
  seen: {},
  cache: { state: EMPTY_STATE, offset: 0 },
});

/** @param key one for each (server, workspace) */
export function openMemory(storage: TextStorage, key: string, who: string): Memory {
  const outboxKey = (of: string) => `${key}:${of}`;
  const outbox = (of: string) => {
    const pending = parseJson(storage.getItem(outboxKey(of)));
    return isNumbers(pending) ? pending : {};
  };
  const load = () => parse(storage.getItem(key));
  let data = nothingOf(who);

  function save(): void {
    // Another tab may be another person's by now: the entry is the newest one's.
    if ((load()?.who ?? who) === who) storage.setItem(key, JSON.stringify(data));
    storage.setItem(outboxKey(who), JSON.stringify(data.pending));
  }

  function reload(): void {
    const stored = load();
    if (stored?.who === who) data = { ...stored, pending: outbox(who) };
  }

  function update(changes: Partial<Remembered>): void {
    reload();
    data = { ...data, ...changes };
    save();
  }

  const stored = load();
  if (stored?.who === who) data = stored;
  else if (stored?.who === "") {
    // [ACK3] A visitor who signs in keeps what they dismissed, also what is on its way, and shows
    // the server the session it was done in. What they were shown is not the user's to see.
    data = { ...stored, who, cache: data.cache };
    storage.setItem(outboxKey(""), "{}");
  }
  const pending = { ...data.pending, ...outbox(who) };
  data = { ...data, pending, dismissed: { ...data.dismissed, ...pending } };
  storage.setItem(key, JSON.stringify(data));
  storage.setItem(outboxKey(who), JSON.stringify(pending));

  return {
    get data() {
      return data;
    },
    update,
    raise(field, id, value) {
      reload();
      const { [id]: known = 0, ...others } = data[field];
      if (known >= value) return false;
      const newest = Object.entries(others).slice(1 - MAX_ENTRIES);
      update({ [field]: { ...Object.fromEntries(newest), [id]: value } });
      return true;
    },
    drop(field, id) {
      reload();
      const { [id]: _, ...others } = data[field];
      update({ [field]: others });
    },
    reload,
    forget() {
      data = nothingOf(who);
      save();
    },
  };
}

function parse(text: string | null): Remembered | null {
  const value = parseJson(text);
  return isRemembered(value) ? value : null;
}

/** The storage is the host page's too, and another version may have written it. */
function isRemembered(value: unknown): value is Remembered {
  if (!isRecord(value) || value.version !== VERSION || !isRecord(value.cache)) return false;
  const { state } = value.cache;
  return isRecord(state) && Array.isArray(state.broadcasts) && state.broadcasts.every(isBroadcast);
}

const isNumbers = (value: unknown): value is Numbers => isRecord(value);
