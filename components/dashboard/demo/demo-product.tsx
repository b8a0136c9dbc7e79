import { Anchor, ArrowDownRight, ArrowUpRight, Container, Search, Ship } from "lucide-react";
import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";

/** A small product that does not exist: what a banner looks like in somebody's working day. */
export function DemoProduct({ notice }: { notice: ReactNode }) {
  return (
    <div className="mx-auto w-full max-w-5xl px-4 pb-12 sm:px-8">
      <header className="flex h-16 items-center gap-6">
        <p className="flex items-center gap-2 font-semibold text-lg tracking-[-0.01em]">
          <span className="grid size-7 place-items-center rounded-[7px] bg-demo text-on-demo">
            <Anchor aria-hidden className="size-4" />
          </span>
          Quayside
        </p>
        <nav aria-label="Quayside" className="hidden gap-5 text-ink-2 text-sm sm:flex">
          <span aria-current="page" className="font-medium text-ink">
            Shipments
          </span>
          <span>Berths</span>
          <span>Invoices</span>
        </nav>
        <span className="ml-auto flex h-8 w-40 items-center gap-2 rounded-full border border-line bg-surface px-3 text-ink-3 text-sm max-sm:hidden">
          <Search aria-hidden className="size-3.5" />
          Find a container
        </span>
        <span
          aria-hidden
          className="grid size-8 place-items-center rounded-full bg-demo-soft font-semibold text-2xs text-demo-ink max-sm:ml-auto"
        >
          JL
        </span>
      </header>
      {notice ? <div className="mb-5">{notice}</div> : null}
      <main>
        <h1 className="mt-2 font-semibold text-2xl tracking-[-0.02em]">Good morning, Jonas</h1>
        <p className="text-ink-2">Four vessels arrive at your terminal today.</p>
        <div className="mt-6 grid gap-3 sm:grid-cols-3">
          {FIGURES.map((figure) => (
            <Figure key={figure.label} {...figure} />
          ))}
        </div>
        <section
          aria-label="Arrivals"
          className="mt-6 overflow-hidden rounded-lg border border-line bg-surface"
        >
          <div className="flex items-center justify-between px-5 py-4">
            <h2 className="font-semibold">Arrivals</h2>
            <span className="text-ink-3 text-sm">Rotterdam, terminal 3</span>
          </div>
          <ul className="divide-y divide-line border-line border-t">
            {ARRIVALS.map((arrival) => (
              <Arrival key={arrival.vessel} {...arrival} />
            ))}
          </ul>
        </section>
      </main>
    </div>
  );
}

const FIGURES = [
  { label: "Containers in yard", value: "2,418", change: "+3.1 %", up: true },
  { label: "Average dwell", value: "31 h", change: "−2 h", up: false },
  { label: "Cranes working", value: "11 of 12", change: "one in service", up: null },
] as const;

function Figure({
  label,
  value,
  change,
  up,
}: {
  label: string;
  value: string;
  change: string;
  up: boolean | null;
}) {
  const Arrow = up ? ArrowUpRight : ArrowDownRight;
  return (
    <div className="rounded-lg border border-line bg-surface px-5 py-4">
      <p className="text-ink-2 text-sm">{label}</p>
      <p className="nums mt-1 font-semibold text-xl tracking-[-0.01em]">{value}</p>
      <p className="mt-0.5 flex items-center gap-1 text-ink-3 text-xs">
        {up === null ? null : <Arrow aria-hidden className="size-3.5" />}
        {change}
      </p>
    </div>
  );
}

const ARRIVALS = [
  { vessel: "Aurelia Bay", from: "Singapore", boxes: 412, at: "07:40", state: "Berthed" },
  { vessel: "Nordic Heron", from: "Gothenburg", boxes: 186, at: "10:15", state: "On time" },
  { vessel: "Casablanca Star", from: "Tangier", boxes: 268, at: "13:30", state: "Delayed 50 m" },
  { vessel: "Ocean Lantern", from: "Shanghai", boxes: 654, at: "19:05", state: "On time" },
] as const;

const STATE_TONES = {
  Berthed: "success",
  "On time": "outline",
  "Delayed 50 m": "warning",
} as const;

function Arrival({ vessel, from, boxes, at, state }: (typeof ARRIVALS)[number]) {
  return (
    <li className="flex items-center gap-4 px-5 py-3.5">
      <Ship aria-hidden className="size-4 shrink-0 text-demo-ink" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{vessel}</p>
        <p className="truncate text-ink-3 text-sm">
          from {from}
          <span className="nums sm:hidden">, {at}</span>
        </p>
      </div>
      <p className="nums flex items-center gap-1.5 text-ink-2 text-sm max-sm:hidden">
        <Container aria-hidden className="size-4 text-ink-3" />
        {boxes}
      </p>
      <p className="nums w-12 text-right text-sm max-sm:hidden">{at}</p>
      <span className="flex justify-end sm:w-28">
        <Badge tone={STATE_TONES[state]}>{state}</Badge>
      </span>
    </li>
  );
}
