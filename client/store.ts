/**
 * What the server describes, as a pure reducer over its frames, and what of it to show.
 * Banners are state: a `connected` frame and the `active_broadcast`s after it bring any client
 * to the server's state, whatever was lost, repeated or late before.
 */
import { LEVELS, PRIORITIES } from "@/core/broadcast";
import { pathMatches } from "@/core/paths";
import type { ServerFrame, WireBroadcast } from "@/core/protocol";

export interface ServerState {
  /** Of the last `connected`; null before the first. */
  readonly epoch: string | null;
  /** The highest position seen in this epoch. */
  readonly seq: number;
  readonly broadcasts: readonly WireBroadcast[];
  /** Banners on screen at once, 1–3 ([BC7]). */
  readonly stackSize: number;
}

export const EMPTY_STATE: ServerState = { epoch: null, seq: 0, broadcasts: [], stackSize: 1 };

/** The answer of `GET …/active`: the whole list, without an epoch. */
export interface PolledFrame {
  type: "polled";
  broadcasts: readonly WireBroadcast[];
  session_token: string | null;
}

/** What this recipient put away itself. */
export interface OwnExceptions {
  /** The highest dismissed revision, by broadcast. */
  readonly dismissed: Readonly<Record<string, number>>;
  /** Until when, ms by the server's clock, by `snoozeKey`. */
  readonly snoozed: Readonly<Record<string, number>>;
}

/** The revision from which a dismissal of this broadcast counts ([BC5]). */
export function shownRevision(broadcast: WireBroadcast): number {
  return broadcast.show_from_revision ?? broadcast.revision;
}

/** A snooze counts until the broadcast is shown again ([ACK5]). */
export function snoozeKey(broadcast: WireBroadcast): string {
  return `${broadcast.id}/${shownRevision(broadcast)}`;
}

/** ms; 0 = none. */
export function timeOf(iso: string | null): number {
  return Date.parse(iso ?? "") || 0;
}

/** The state after a frame; the same object when the frame is not about state. */
export function reduce(state: ServerState, frame: ServerFrame | PolledFrame): ServerState {
  switch (frame.type) {
    case "connected":
      return connected(state, frame);
    case "active_broadcast":
    case "new_broadcast":
    case "broadcast_updated":
      return put(state, frame.broadcast);
    case "broadcast_cleared":
      return {
        ...keep(state, (broadcast) => broadcast.id !== frame.broadcast_id),
        seq: Math.max(state.seq, frame.seq),
      };
    case "polled":
      return frame.broadcasts.reduce(
        put,
        keep(state, (broadcast) => frame.broadcasts.some(({ id }) => id === broadcast.id)),
      );
    default:
      return state;
  }
}

function connected(
  state: ServerState,
  frame: Extract<ServerFrame, { type: "connected" }>,
): ServerState {
  const sameEpoch = frame.epoch === state.epoch;
  return {
    epoch: frame.epoch,
    seq: sameEpoch ? Math.max(state.seq, frame.seq) : frame.seq,
    broadcasts: state.broadcasts
      .filter((broadcast) => frame.active.some(({ id }) => id === broadcast.id))
      // Of another history: it stays on screen until its frame comes, and gives way to it
      // whatever its position.
      .map((broadcast) => (sameEpoch ? broadcast : { ...broadcast, seq: -1 })),
    stackSize: frame.stack_size,
  };
}

function put(state: ServerState, broadcast: WireBroadcast): ServerState {
  const known = state.broadcasts.find(({ id }) => id === broadcast.id);
  // The same position again may still differ: a snooze is not a change of the broadcast.
  if (known && known.seq > broadcast.seq) return state;
  return {
    ...state,
    seq: Math.max(state.seq, broadcast.seq),
    broadcasts: [...state.broadcasts.filter((other) => other !== known), broadcast],
  };
}

function keep(state: ServerState, wanted: (broadcast: WireBroadcast) => boolean): ServerState {
  return { ...state, broadcasts: state.broadcasts.filter(wanted) };
}

/** [BC7] Priority, then level, then newest. */
function byRank(a: WireBroadcast, b: WireBroadcast): number {
  return (
    PRIORITIES.indexOf(b.priority) - PRIORITIES.indexOf(a.priority) ||
    LEVELS.indexOf(b.message_type) - LEVELS.indexOf(a.message_type) ||
    liveFrom(b) - liveFrom(a) ||
    // Any order will do, but the same everywhere.
    (a.id < b.id ? -1 : 1)
  );
}

function liveFrom(broadcast: WireBroadcast): number {
  return timeOf(broadcast.live_from ?? broadcast.created_at);
}

/** When a snooze ends: the server's or this client's own, whichever is later; 0 = none. */
function snoozedUntil(broadcast: WireBroadcast, own: OwnExceptions): number {
  return Math.max(timeOf(broadcast.snoozed_until), own.snoozed[snoozeKey(broadcast)] ?? 0);
}

const endOf = (broadcast: WireBroadcast): number =>
  timeOf(broadcast.ends_at) || Number.POSITIVE_INFINITY;

const isDismissed = (broadcast: WireBroadcast, own: OwnExceptions): boolean =>
  (own.dismissed[broadcast.id] ?? 0) >= shownRevision(broadcast);

/** The banners of a page now, in the order of [BC7]. `now` is ms by the server's clock. */
export function visibleBanners(
  state: ServerState,
  own: OwnExceptions,
  now: number,
  path: string,
): WireBroadcast[] {
  return state.broadcasts
    .filter(
      (broadcast) =>
        !isDismissed(broadcast, own) &&
        endOf(broadcast) > now &&
        snoozedUntil(broadcast, own) <= now &&
        pathMatches(broadcast.paths, path),
    )
    .sort(byRank);
}

/** When time alone next changes what is visible ([CLI6], [ACK5]); Infinity = never. */
export function nextChangeAt(state: ServerState, own: OwnExceptions, now: number): number {
  const times = state.broadcasts.flatMap((broadcast) => [
    endOf(broadcast),
    snoozedUntil(broadcast, own),
  ]);
  return Math.min(...times.filter((time) => time > now));
}
