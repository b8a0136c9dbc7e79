/**
 * Preloaded into a server (`--import`): its machine's clock is wrong by `CLOCK_SHIFT_MS`. What
 * runs on the monotonic clock, as timers do, runs right, as on a machine.
 */
import { performance } from "node:perf_hooks";

const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const RightDate = Date;
const now = () => RightDate.now() + shiftMs;

globalThis.Date = new Proxy(RightDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RightDate(now()).toString(),
  get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});
Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + shiftMs });
