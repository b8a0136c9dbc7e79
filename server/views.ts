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
    return this.entries.find((entry) => entry.id === id);
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
  now(): number;
  broadcastsOf(workspaceId: string): readonly Broadcast[];
  workspaceById(id: string): { settings: { defaultLocale: string } } | null;
  reasonFor(workspaceId: string, id: string): ClearReason;
  readonly position: { readonly epoch: string; readonly seq: number };
}

/** Rows do not change, so what a row became on the wire is kept for as long as the row is. */
const ENTRIES = new WeakMap<Broadcast, Map<string, Entry>>();

interface Plan {
  /** In screen order; `ask` where the rule looks at the recipient itself. */
  readonly steps: readonly { broadcast: Broadcast; ask: boolean }[];
  readonly asks: boolean;
  readonly sets: Map<string, ShownSet>;
}

/**
 * Who sees what at one version of the feed. Everything is computed once for all connections that
 * share it: the live set of a workspace, the rules' outcome for a group, the bytes of a
 * broadcast in a locale, the difference between two sets. A new version gets a new book.
 */
export class ViewBook {
  readonly #source: BookSource;
  readonly #now: number;
  readonly #live = new Map<string, readonly Broadcast[]>();
  readonly #plans = new Map<Group, Plan>();
  readonly #sets = new Map<string, ShownSet>();
  readonly #differences = new Map<ShownSet, Map<ShownSet, Difference>>();

  constructor(source: BookSource) {
    this.#source = source;
    this.#now = source.now();
  }

  setFor(group: Group, viewer: Viewer, exceptions: Exceptions | null): ShownSet {
    const plan = this.#planOf(group);
    if (exceptions !== null && exceptions.size > 0) {
      return this.#personalSet(plan, viewer, exceptions);
    }
    const outcome = plan.asks ? outcomeOf(plan, viewer) : "";
    const known = plan.sets.get(outcome);
    if (known) return known;
    const set = this.#intern(
      chosen(plan, viewer).map((broadcast) => this.#entryOf(broadcast, viewer.locale, null)),
    );
    plan.sets.set(outcome, set);
    return set;
  }

  difference(from: ShownSet, to: ShownSet): Difference {
    if (from === to) return NOTHING;
    const known = getOrMake(this.#differences, from, () => new Map());
    return getOrMake(known, to, () => this.#compare(from, to));
  }

  #personalSet(plan: Plan, viewer: Viewer, exceptions: Exceptions): ShownSet {
    const entries: Entry[] = [];
    for (const broadcast of chosen(plan, viewer)) {
      const exception = exceptions.get(broadcast.id);
      if (isHidden(broadcast, exception)) continue;
      entries.push(this.#entryOf(broadcast, viewer.locale, snoozeOf(exception, this.#now)));
    }
    return this.#intern(entries);
  }

  #planOf(group: Group): Plan {
    const known = this.#plans.get(group);
    if (known) return known;
    const steps: { broadcast: Broadcast; ask: boolean }[] = [];
    for (const broadcast of this.#liveOf(group.workspaceId)) {
      if (broadcast.audience !== null && dependsOnRecipient(broadcast.audience)) {
        steps.push({ broadcast, ask: true });
      } else if (matches(broadcast.audience, group.viewer, broadcast.id)) {
        steps.push({ broadcast, ask: false });
      }
    }
    const plan: Plan = { steps, asks: steps.some((step) => step.ask), sets: new Map() };
    this.#plans.set(group, plan);
    return plan;
  }

  #liveOf(workspaceId: string): readonly Broadcast[] {
    return getOrMake(this.#live, workspaceId, () =>
      liveNow(this.#source.broadcastsOf(workspaceId), this.#now),
    );
  }

  #entryOf(broadcast: Broadcast, locale: string | null, snoozedUntil: number | null): Entry {
    const { defaultLocale } = this.#source.workspaceById(broadcast.workspaceId)?.settings ?? {};
    const used = applicableLocale(broadcast.translations, locale) ?? "";
    const variant = `${used}/${defaultLocale}/${snoozedUntil ?? ""}`;
    const variants = getOrMake(ENTRIES, broadcast, () => new Map());
    return getOrMake(variants, variant, () => ({
      key: `${broadcast.changeId}/${variant}`,
      id: broadcast.id,
      workspaceId: broadcast.workspaceId,
      revision: broadcast.revision,
      showFromRevision: broadcast.showFromRevision,
      liveFrom: liveFrom(broadcast),
      json: JSON.stringify(toWire(broadcast, locale, snoozedUntil, undefined, defaultLocale)),
    }));
  }

  #intern(entries: readonly Entry[]): ShownSet {
    if (entries.length === 0) return ShownSet.EMPTY;
    const key = entries.map((entry) => entry.key).join(" ");
    return getOrMake(this.#sets, key, () => new ShownSet(entries));
  }

  /** What leaves goes first, so that a replacement follows what it replaces (SPEC § 6). */
  #compare(from: ShownSet, to: ShownSet): Difference {
    const frames: string[] = [];
    const delivered: Entry[] = [];
    for (const entry of from.entries) {
      if (!to.find(entry.id)) frames.push(this.#clearedFrame(entry));
    }
    for (const entry of to.entries) {
      const before = from.find(entry.id);
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

function chosen(plan: Plan, viewer: Viewer): Broadcast[] {
  const broadcasts: Broadcast[] = [];
  for (const { broadcast, ask } of plan.steps) {
    if (!ask || matches(broadcast.audience, viewer, broadcast.id)) broadcasts.push(broadcast);
  }
  return broadcasts;
}

function outcomeOf(plan: Plan, viewer: Viewer): string {
  let outcome = "";
  for (const { broadcast, ask } of plan.steps) {
    if (ask) outcome += matches(broadcast.audience, viewer, broadcast.id) ? "1" : "0";
  }
  return outcome;
}
