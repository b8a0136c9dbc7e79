/** How much of everything; the short form is for developing. */
export interface Plan {
  connections: number;
  rounds: number;
  /** Broadcasts of one paced round, and how many a second. */
  paced: number;
  perSecond: number;
  burst: number;
  /** Where files go that only this run needs. */
  folder: string;
  /** Where profiles of the fan-out go; null = none are taken. */
  profiles: string | null;
}

/** One line of the table. */
export interface Line {
  what: string;
  /** As a person reads it. */
  target: string;
  /** At most; for `atLeast` lines, at least. */
  limit: number;
  atLeast?: boolean;
  value: number;
  unit: string;
  /** What it was measured against, spread, conditions. */
  detail: string;
}

export function isMet({ value, limit, atLeast }: Line): boolean {
  return atLeast ? value >= limit : value <= limit;
}

/** Bars of one chart: what each server needed, medians. */
export interface Chart {
  file: string;
  title: string;
  unit: string;
  bars: { name: string; value: number }[];
}

export interface Outcome {
  lines: Line[];
  charts?: Chart[];
  /** Paragraphs for the reader of the report. */
  notes?: string[];
}
