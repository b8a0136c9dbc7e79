import { dependsOnRecipient, matches, type Viewer } from "@/core/audience";
import { type Broadcast, liveFrom } from "@/core/broadcast";
import { applicableLocale } from "@/core/locale";
import type { ClearReason, ServerFrame } from "@/core/protocol";
import { isHidden, liveNow } from "@/core/visibility";
import { toWire } from "@/core/wire";
import { getOrMake } from "@/lib/collections";
import type { RecipientException } from "@/lib/ports/receipt-store";
import { encodeTexts } from "./frame";

/** One broadcast as one locale reads it, serialized once. */
export interface Entry {
  /** Equal keys are equal bytes. */
  readonly key: string;
  /** Its own, to tell sets apart by short texts. */
  readonly serial: number;
  readonly id: string;
  readonly workspaceId: string;
  readonly revision: number;
  readonly showFromRevision: number;
  /** When it became visible, ms. */
  readonly liveFrom: number;
  /** `WireBroadcast` as JSON. */
  readonly json: string;
}

/** What a connection is shown: immutable, and shared by all connections that see the same. */
export class ShownSet {
  static readonly EMPTY = new ShownSet([]);
  readonly entries: readonly Entry[];
  #activeFrames: Buffer | undefined;

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
  }

  find(id: string): Entry | undefined {
    return findIn(this.entries, id);
  }

  without(id: string): ShownSet {
    return new ShownSet(this.entries.filter((entry) => entry.id !== id));
  }

  /** `active_broadcast` frames for all of it. */
  get activeFrames(): Buffer {
    this.#activeFrames ??= encodeTexts(
      this.entries.map((entry) => `{"type":"active_broadcast","broadcast":${entry.json}}`),
    );
    return this.#activeFrames;
  }
}

/** The way from one shown set to another. */
export interface Difference {
  /** Frames joined; null when the sets say the same. */
  readonly bytes: Buffer | null;
  readonly frames: number;
  /** Banners it brings, for the delivered counter. */
  readonly delivered: readonly Entry[];
}

/**
 * Connections that every audience rule treats alike, as long as it does not look at the recipient
 * itself: same workspace, kind, roles, traits and locale. Interned, so that ten thousand
 * anonymous visitors are one group.
 */
export interface Group {
  readonly workspaceId: string;
  /** Stands for all of its members. */
  readonly viewer: Viewer;
}

export type Exceptions = ReadonlyMap<string, RecipientException>;

/** What the book reads of the feed. */
export interface BookSource {
  /** Rises with everything that can change what somebody is shown. */
  readonly version: number;
  now(): number;
  broadcastsOf(workspaceId: string): readonly Broadcast[];
  workspaceById(id: string): { settings: { defaultLocale: string } } | null;
  reasonFor(workspaceId: string, id: string): ClearReason;
  readonly position: { readonly epoch: string; readonly seq: number };
}

/** Rows do not change, so what a row became on the wire is kept for as long as the row is. */
const ENTRIES = new WeakMap<Broadcast, Map<string, Entry>>();
let lastSerial = 0;

/** Earlier versions whose live broadcasts a book remembers: a burst passes through many. */
const EARLIER_KEPT = 16;

/** What was live in a workspace at one version of the feed, in screen order. */
interface Live {
  readonly broadcasts: readonly Broadcast[];
  readonly defaultLocale: string | undefined;
}

/** Some broadcasts, as far as a group's rules decide about them. */
interface Plan {
  /** In screen order; `ask` where the rule looks at the recipient itself. */
  readonly steps: readonly { broadcast: Broadcast; ask: boolean }[];
  readonly asks: boolean;
}

/** The whole of what a group may see. */
interface GroupPlan extends Plan {
  readonly sets: Map<string, ShownSet>;
}

/** From what was shown at an earlier version to the present, for one group. */
interface Advance extends Plan {
  readonly taken: Map<string, Map<ShownSet, Step>>;
}

/** What became different in a workspace between an earlier version and this one. */
interface Change {
  /** Ids of rows that were live and are not, or not as they were. */
  readonly gone: ReadonlySet<string>;
  /** Rows that are live and were not, or not as they are. */
  readonly came: readonly Broadcast[];
  /** Places on the screen, by id. */
  readonly places: ReadonlyMap<string, number>;
  readonly advances: Map<Group, Advance>;
}

/** What a connection is shown next, and how it gets there. */
export interface Step {
  readonly to: ShownSet;
  readonly difference: Difference;
}

/**
 * Who sees what at one version of the feed. Everything is computed once for all connections that
 * share it: the live set of a workspace, the rules' outcome for a group, the bytes of a
 * broadcast in a locale, the difference between two sets. A new version gets a new book, which
 * asks only about what has changed of those who were shown an earlier version: rules and places
 * of a row that stayed as it was have the outcome they had.
 */
export class ViewBook {
  readonly version: number;
  readonly #source: BookSource;
  readonly #now: number;
  readonly #live = new Map<string, Live>();
  readonly #earlier: ReadonlyMap<number, ReadonlyMap<string, Live>>;
  readonly #plans = new Map<Group, GroupPlan>();
  readonly #sets = new Map<string, ShownSet>();
  readonly #differences = new Map<ShownSet, Map<ShownSet, Difference>>();
  readonly #changes = new Map<number, Map<string, Change | null>>();
  readonly #changeDifferences = new Map<string, Difference>();

  /** @param before the book of an earlier version */
  constructor(source: BookSource, before?: ViewBook) {
    this.version = source.version;
    this.#source = source;
    this.#now = source.now();
    const earlier = before ? [...before.#earlier, [before.version, before.#live] as const] : [];
    this.#earlier = new Map(earlier.slice(-EARLIER_KEPT));
  }

  setFor(group: Group, viewer: Viewer, exceptions: Exceptions | null): ShownSet {
    const plan = this.#planOf(group);
    if (exceptions !== null && exceptions.size > 0) {
      return this.#personalSet(plan, viewer, exceptions);
    }
    return getOrMake(plan.sets, outcomeOf(plan, viewer), () =>
      this.#intern(
        chosen(plan, viewer).map((broadcast) => this.#entryOf(broadcast, viewer.locale, null)),
      ),
    );
  }

  /**
   * Asked for every connection, so what is known already is found without making anything.
   * @param since the version of which `shown` is all that it should be
   */
  stepFrom(
    shown: ShownSet,
    since: number,
    group: Group,
    viewer: Viewer,
    exceptions: Exceptions | null,
  ): Step {
    const change = isTimed(exceptions) ? null : this.#changeSince(since, group.workspaceId);
    if (change === null) {
      const to = this.setFor(group, viewer, exceptions);
      return { to, difference: this.#difference(shown, to) };
    }
    const advance = change.advances.get(group) ?? newAdvance(change, group);
    const outcome = outcomeOf(advance, viewer, exceptions);
    const known = advance.taken.get(outcome)?.get(shown);
    if (known) return known;
    const came = chosen(advance, viewer, exceptions).map((broadcast) =>
      this.#entryOf(broadcast, viewer.locale, null),
    );
    const step = this.#step(change, shown, came);
    getOrMake(advance.taken, outcome, () => new Map<ShownSet, Step>()).set(shown, step);
    return step;
  }

  #step({ gone, places }: Change, from: ShownSet, came: readonly Entry[]): Step {
    const left = from.entries.filter(({ id }) => gone.has(id));
    if (left.length === 0 && came.length === 0) return { to: from, difference: NOTHING };
    const stayed = left.length === 0 ? from.entries : from.entries.filter((e) => !gone.has(e.id));
    const placeOf = ({ id }: Entry) => places.get(id) ?? 0;
    const to = this.#intern(merged(stayed, came, placeOf));
    const key = `${serials(left)} ${serials(came)}`;
    const difference = getOrMake(this.#changeDifferences, key, () => this.#compare(left, came));
    return { to, difference };
  }

  #changeSince(since: number, workspaceId: string): Change | null {
    const known = this.#changes.get(since)?.get(workspaceId);
    if (known !== undefined) return known;
    const change = this.#changeFrom(this.#earlier.get(since)?.get(workspaceId), workspaceId);
    const changes = getOrMake(this.#changes, since, () => new Map<string, Change | null>());
    changes.set(workspaceId, change);
    return change;
  }

  /** Null where it is not known, or where all of it reads differently. */
  #changeFrom(before: Live | undefined, workspaceId: string): Change | null {
    const present = this.#liveOf(workspaceId);
    if (before === undefined || before.defaultLocale !== present.defaultLocale) return null;
    const were = new Set(before.broadcasts);
    const are = new Set(present.broadcasts);
    const gone = before.broadcasts.filter((row) => !are.has(row)).map(({ id }) => id);
    return {
      gone: new Set(gone),
      came: present.broadcasts.filter((row) => !were.has(row)),
      places: new Map(present.broadcasts.map(({ id }, place) => [id, place])),
      advances: new Map(),
    };
  }

  #difference(from: ShownSet, to: ShownSet): Difference {
    if (from === to) return NOTHING;
    const known = getOrMake(this.#differences, from, () => new Map());
    return getOrMake(known, to, () => this.#compare(from.entries, to.entries));
  }

  #personalSet(plan: Plan, viewer: Viewer, exceptions: Exceptions): ShownSet {
    return this.#intern(
      chosen(plan, viewer, exceptions).map((broadcast) => {
        const snoozedUntil = snoozeOf(exceptions.get(broadcast.id), this.#now);
        return this.#entryOf(broadcast, viewer.locale, snoozedUntil);
      }),
    );
  }

  #planOf(group: Group): GroupPlan {
    return getOrMake(this.#plans, group, () => ({
      ...planFor(group, this.#liveOf(group.workspaceId).broadcasts),
      sets: new Map<string, ShownSet>(),
    }));
  }

  #liveOf(workspaceId: string): Live {
    return getOrMake(this.#live, workspaceId, () => ({
      broadcasts: liveNow(this.#source.broadcastsOf(workspaceId), this.#now),
      defaultLocale: this.#source.workspaceById(workspaceId)?.settings.defaultLocale,
    }));
  }

  #entryOf(broadcast: Broadcast, locale: string | null, snoozedUntil: number | null): Entry {
    const { defaultLocale } = this.#source.workspaceById(broadcast.workspaceId)?.settings ?? {};
    const used = applicableLocale(broadcast.translations, locale) ?? "";
    const variant = `${used}/${defaultLocale}/${snoozedUntil ?? ""}`;
    const variants = getOrMake(ENTRIES, broadcast, () => new Map());
    return getOrMake(variants, variant, () => {
      lastSerial += 1;
      return {
        key: `${broadcast.changeId}/${variant}`,
        serial: lastSerial,
        id: broadcast.id,
        workspaceId: broadcast.workspaceId,
        revision: broadcast.revision,
        showFromRevision: broadcast.showFromRevision,
        liveFrom: liveFrom(broadcast),
        json: JSON.stringify(toWire(broadcast, locale, snoozedUntil, undefined, defaultLocale)),
      };
    });
  }

  #intern(entries: readonly Entry[]): ShownSet {
    if (entries.length === 0) return ShownSet.EMPTY;
    return getOrMake(this.#sets, serials(entries), () => new ShownSet(entries));
  }

  /** What leaves goes first, so that a replacement follows what it replaces (SPEC § 6). */
  #compare(from: readonly Entry[], to: readonly Entry[]): Difference {
    const frames: string[] = [];
    const delivered: Entry[] = [];
    for (const entry of from) {
      if (!findIn(to, entry.id)) frames.push(this.#clearedFrame(entry));
    }
    for (const entry of to) {
      const before = findIn(from, entry.id);
      if (before && saysTheSame(before, entry)) continue;
      const type = before ? "broadcast_updated" : "new_broadcast";
      frames.push(`{"type":"${type}","broadcast":${entry.json}}`);
      delivered.push(entry);
    }
    if (frames.length === 0) return NOTHING;
    return { bytes: encodeTexts(frames), frames: frames.length, delivered };
  }

  #clearedFrame(entry: Entry): string {
    return JSON.stringify({
      type: "broadcast_cleared",
      message: "Active broadcast has been cleared",
      broadcast_id: entry.id,
      reason: this.#source.reasonFor(entry.workspaceId, entry.id),
      seq: this.#source.position.seq,
    } satisfies ServerFrame);
  }
}

/** A row is also written when nothing changed for its readers: that it went live, for one. */
function saysTheSame(a: Entry, b: Entry): boolean {
  return a.key === b.key || withoutPosition(a.json) === withoutPosition(b.json);
}

/** The position comes before all that an author wrote. */
function withoutPosition(json: string): string {
  return json.replace(/"seq":\d+/, "");
}

const NOTHING: Difference = { bytes: null, frames: 0, delivered: [] };

function snoozeOf(exception: RecipientException | undefined, now: number): number | null {
  if (!exception?.snoozedUntil || exception.snoozedUntil <= now) return null;
  return exception.snoozedUntil;
}

/** A snooze changes what an entry says when its time is over, without any row changing. */
function isTimed(exceptions: Exceptions | null): boolean {
  if (exceptions === null) return false;
  for (const { snoozedUntil } of exceptions.values()) if (snoozedUntil !== null) return true;
  return false;
}

function findIn(entries: readonly Entry[], id: string): Entry | undefined {
  return entries.find((entry) => entry.id === id);
}

function serials(entries: readonly Entry[]): string {
  let text = "";
  for (const { serial } of entries) text += `${serial},`;
  return text;
}

/** Two lists in screen order as one. */
function merged(
  stayed: readonly Entry[],
  came: readonly Entry[],
  placeOf: (entry: Entry) => number,
): readonly Entry[] {
  if (came.length === 0) return stayed;
  const all: Entry[] = [];
  let next = 0;
  for (const entry of stayed) {
    const place = placeOf(entry);
    for (let one = came[next]; one && placeOf(one) < place; one = came[next]) {
      all.push(one);
      next += 1;
    }
    all.push(entry);
  }
  for (const one of came.slice(next)) all.push(one);
  return all;
}

/** Of some broadcasts those that a group may see, and whether its members are to be asked. */
function planFor(group: Group, broadcasts: readonly Broadcast[]): Plan {
  const steps: { broadcast: Broadcast; ask: boolean }[] = [];
  for (const broadcast of broadcasts) {
    if (broadcast.audience !== null && dependsOnRecipient(broadcast.audience)) {
      steps.push({ broadcast, ask: true });
    } else if (matches(broadcast.audience, group.viewer, broadcast.id)) {
      steps.push({ broadcast, ask: false });
    }
  }
  return { steps, asks: steps.some((step) => step.ask) };
}

function newAdvance(change: Change, group: Group): Advance {
  const advance = { ...planFor(group, change.came), taken: new Map() };
  change.advances.set(group, advance);
  return advance;
}

type PlanStep = Plan["steps"][number];

function isChosen({ broadcast, ask }: PlanStep, viewer: Viewer, exceptions: Exceptions | null) {
  if (exceptions !== null && isHidden(broadcast, exceptions.get(broadcast.id))) return false;
  return !ask || matches(broadcast.audience, viewer, broadcast.id);
}

function chosen(plan: Plan, viewer: Viewer, exceptions: Exceptions | null = null): Broadcast[] {
  const steps = plan.steps.filter((step) => isChosen(step, viewer, exceptions));
  return steps.map(({ broadcast }) => broadcast);
}

/** Which of the steps are taken, in short; the same for all where nobody is asked. */
function outcomeOf(plan: Plan, viewer: Viewer, exceptions: Exceptions | null = null): string {
  if (!plan.asks && (exceptions === null || exceptions.size === 0)) return "";
  let outcome = "";
  for (const step of plan.steps) outcome += isChosen(step, viewer, exceptions) ? "1" : "0";
  return outcome;
}
