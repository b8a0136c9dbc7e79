import { Eye, type LucideIcon, MousePointerClick, Send, Users, X } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import type { Reach } from "../composer/use-reach";
import { percent } from "../format";
import { RollingNumber } from "../rolling-number";

export interface ReceiptCounts {
  delivered: number;
  seen: number;
  clicked: number;
  dismissed: number;
  snoozed: number;
}

const STEPS: readonly { kind: keyof ReceiptCounts; label: string; icon: LucideIcon }[] = [
  { kind: "delivered", label: "Delivered", icon: Send },
  { kind: "seen", label: "Seen", icon: Eye },
  { kind: "clicked", label: "Clicked", icon: MousePointerClick },
  { kind: "dismissed", label: "Dismissed", icon: X },
];

/**
 * What became of the banner. Delivered counts copies sent, the others count people; shares are of
 * those who saw it.
 * @param eligible how many of those connected now it is for; null where that is not known yet,
 *   absent where nobody can see it any more. It is no part of the receipts and of no past moment:
 *   who was connected when is not kept, so an hour later fewer may be eligible than have seen it.
 */
export function Funnel({
  counts,
  hasAction,
  eligible,
}: {
  counts: ReceiptCounts;
  hasAction: boolean;
  eligible?: Reach | null;
}) {
  const steps = STEPS.filter(({ kind }) => kind !== "clicked" || hasAction || counts.clicked > 0);
  return (
    <dl className="grid grid-cols-2 divide-line max-sm:gap-y-1 max-sm:[&>:first-child:nth-last-child(odd)]:col-span-2 sm:auto-cols-fr sm:grid-flow-col sm:grid-cols-none sm:divide-x">
      {eligible === undefined ? null : (
        <Step label="Eligible now" icon={Users} note={eligible && `${eligible.of} here`}>
          {eligible?.count ?? null}
        </Step>
      )}
      {steps.map(({ kind, label, icon }) => (
        <Step
          key={kind}
          label={label}
          icon={icon}
          note={noteOn(kind, counts)}
          share={kind === "delivered" ? null : shareOf(kind, counts)}
        >
          {counts[kind]}
        </Step>
      ))}
    </dl>
  );
}

function Step({
  label,
  icon: Icon,
  note,
  share = null,
  children,
}: {
  label: string;
  icon: LucideIcon;
  note: ReactNode;
  /** Null: of nothing. */
  share?: number | null;
  /** Null: not known. */
  children: number | null;
}) {
  return (
    <div className="grid content-start gap-2 px-4 py-4 sm:px-5">
      <dt className="flex items-center gap-2 text-ink-2 text-sm">
        <Icon aria-hidden className="size-3.5 text-ink-3" />
        {label}
      </dt>
      <dd className="flex flex-wrap items-baseline gap-x-2">
        {children === null ? (
          <span className="font-semibold text-2xl text-ink-3">–</span>
        ) : (
          <RollingNumber value={children} className="font-semibold text-2xl tracking-[-0.02em]" />
        )}
        <span className="nums text-ink-3 text-sm">{note}</span>
      </dd>
      {share === null ? null : <Meter share={share} />}
    </div>
  );
}

/** Decoration: the figures stand above it. */
export function Meter({ share, className }: { share: number; className?: string }) {
  return (
    <span aria-hidden className={cn("block h-1 overflow-hidden rounded-full bg-sunken", className)}>
      <span
        className="block h-full origin-left rounded-full bg-ink-3 transition-transform duration-200 ease-out"
        style={{ transform: `scaleX(${Math.min(1, share)})` }}
      />
    </span>
  );
}

function noteOn(kind: keyof ReceiptCounts, counts: ReceiptCounts): string | null {
  if (kind === "delivered") return counts.delivered === 1 ? "copy" : "copies";
  if (kind === "seen" || counts.seen === 0) return null;
  return `${percent(counts[kind], counts.seen)} % of seen`;
}

function shareOf(kind: keyof ReceiptCounts, counts: ReceiptCounts): number {
  return counts.seen > 0 ? counts[kind] / counts.seen : 0;
}
