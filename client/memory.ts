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

const FIELDS = ["dismissed", "pending", "snoozed", "announced", "seen"] as const;
export type NumbersField = (typeof FIELDS)[number];

export interface Memory {
  readonly data: Remembered;
  update(changes: Partial<Remembered>): void;
  /** Sets the number if it is higher than the known one; 0 forgets it. @returns whether it did */
  raise(field: NumbersField, key: string, value: number): boolean;
  /** What another tab has changed; not stored from here. @param value 0 = dropped */
  hear(field: NumbersField, key: string, value: number): void;
  /** All that another tab knows. */
  adopt(told: Remembered): void;
}

/** Tells the other tabs. @param value 0 = dropped */
export type Tell = (field: NumbersField, key: string, value: number) => void;

/** Of the entry's shape; one of another version is overwritten. */
const VERSION = 1;
/** Twice what a workspace can have live; older ones can no longer be shown ([ACK6]). */
const MAX_ENTRIES = 100;

export const nothingOf = (who: string): Remembered => ({
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

/**
 * The storage is read once, here: browsers bring what one tab writes to the others some time
 * later, so that reading it again could take back what this tab knows. Tabs tell each other
 * instead.
 * @param key one for each (server, workspace)
 */
export function openMemory(storage: TextStorage, key: string, who: string, tell: Tell): Memory {
  const outboxKey = `${key}:${who}`;
  const visitorsKey = `${key}:`;
  const outbox = (of: string): Numbers => Object(parseJson(storage.getItem(of)));
  const load = () => parse(storage.getItem(key));
  const stored = load();
  let data = nothingOf(who);
  let pending = outbox(outboxKey);

  if (stored?.who === who) data = stored;
  else if (stored?.who === "") {
    // [ACK3] A visitor who signs in keeps what they dismissed, also what is on its way, and shows
    // the server the session it was done in. What they were shown is not the user's to see.
    data = { ...stored, who, cache: data.cache };
    pending = { ...outbox(visitorsKey), ...pending };
    storage.setItem(visitorsKey, "{}");
  }
  data = { ...data, pending, dismissed: { ...data.dismissed, ...pending } };
  storage.setItem(key, "");
  save();

  function save(): void {
    // Another tab may be another person's by now: the entry is the newest one's.
    if ((load()?.who ?? who) === who) storage.setItem(key, JSON.stringify(data));
    storage.setItem(outboxKey, JSON.stringify(data.pending));
  }

  function set(field: NumbersField, id: string, value: number): void {
    const { [id]: _, ...others } = data[field];
    const newest = Object.fromEntries(Object.entries(others).slice(1 - MAX_ENTRIES));
    data = { ...data, [field]: value ? { ...newest, [id]: value } : others };
  }

  function hear(field: NumbersField, id: string, value: number): boolean {
    const isNews = !value || (data[field][id] ?? 0) < value;
    if (isNews) set(field, id, value);
    return isNews;
  }

  function change(field: NumbersField, id: string, value: number): boolean {
    const isNews = hear(field, id, value);
    if (isNews) {
      save();
      tell(field, id, value);
    }
    return isNews;
  }

  return {
    get data() {
      return data;
    },
    update(changes) {
      data = { ...data, ...changes };
      save();
    },
    raise: change,
    hear,
    adopt(told) {
      const mine = data;
      data = told;
      if (mine.user !== told.user) return;
      for (const field of FIELDS) {
        for (const [id, value] of Object.entries(mine[field])) hear(field, id, value);
      }
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
