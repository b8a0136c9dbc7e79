import { cn } from "@/components/ui/cn";
import { LIMITS } from "@/core/limits";
import { countChars } from "@/core/text";
import { formatCount } from "../format";

const { messageChars: LIMIT, messageCharsRecommended: ADVICE } = LIMITS;

/** How long the message is: a ring and a figure; amber beyond the advice, red beyond the limit. */
export function MessageCounter({ message }: { message: string }) {
  const count = countChars(message);
  const state = count > LIMIT ? "over" : count > ADVICE ? "long" : "fine";
  return (
    <span
      data-state={state}
      className={cn(
        "nums inline-flex items-center gap-1.5 text-xs transition-colors duration-150",
        { fine: "text-ink-3", long: "text-warning", over: "font-medium text-alert" }[state],
      )}
    >
      <Ring share={count / LIMIT} />
      <span>
        {formatCount(count)}/{LIMIT}
        <span className="sr-only"> characters</span>
      </span>
    </span>
  );
}

/** What the counter means, where it means something. */
export function counterAdvice(message: string): string | undefined {
  const count = countChars(message);
  if (count > LIMIT) return undefined;
  if (count > ADVICE) return `Up to ${ADVICE} characters fit on one line of most screens.`;
  return undefined;
}

const RADIUS = 6;
const LENGTH = 2 * Math.PI * RADIUS;

function Ring({ share }: { share: number }) {
  return (
    <svg aria-hidden viewBox="0 0 16 16" className="size-4 -rotate-90">
      <circle cx="8" cy="8" r={RADIUS} fill="none" strokeWidth="2" className="stroke-line-strong" />
      <circle
        cx="8"
        cy="8"
        r={RADIUS}
        fill="none"
        strokeWidth="2"
        strokeLinecap="round"
        strokeDasharray={LENGTH}
        strokeDashoffset={LENGTH * (1 - Math.min(1, share))}
        className="stroke-current transition-[stroke-dashoffset] duration-150 ease-out"
      />
    </svg>
  );
}
