import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ROOT } from "@/scripts/run";

/** What a server answered at `/metrics`. */
export class Scrape {
  readonly #lines: readonly string[];

  constructor(readonly text: string) {
    this.#lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  }

  static async of(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
    const response = await fetch(`${url}/metrics`, { headers });
    if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
    return new Scrape(await response.text());
  }

  /** Names as a query would use them: a histogram's parts, each for itself. */
  get names(): Set<string> {
    return new Set(this.#lines.map((line) => line.split(/[{ ]/, 1)[0] ?? ""));
  }

  /** Sum over all series of this name that have these labels. */
  sum(name: string, labels: Record<string, string> = {}): number {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return this.#lines
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => wanted.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  }

  /** The workers that it tells of. */
  get workers(): Set<string> {
    return new Set([...this.text.matchAll(/worker="([^"]+)"/g)].map((match) => match[1] ?? ""));
  }
}

const dashboard = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string() })).default([]),
    }),
  ),
});

const alerts = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[smh]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(["page", "ticket"]) }),
          annotations: z.strictObject({ summary: z.string().min(10) }),
        }),
      ),
    }),
  ),
});

function read(file: string): string {
  return readFileSync(join(ROOT, "deploy/grafana", file), "utf8");
}

/** Of deploy/grafana/prometheus.yml, what alerts and dashboard rely on. */
const prometheus = z.strictObject({
  rule_files: z.tuple([z.literal("alerts.yml")]),
  scrape_configs: z.array(
    z.looseObject({
      job_name: z.literal("loudhailer"),
      scrape_interval: z.string().regex(/^\d+s$/),
      authorization: z.strictObject({ credentials_file: z.string() }),
    }),
  ),
});

export function readPrometheus() {
  return prometheus.parse(parse(read("prometheus.yml")));
}

export function readAlerts() {
  return alerts.parse(parse(read("alerts.yml"))).groups.flatMap((group) => group.rules);
}

/** Every query of the dashboard and of the alerts, with where it stands. */
export function readQueries(): { where: string; expr: string }[] {
  const { panels } = dashboard.parse(JSON.parse(read("dashboard.json")));
  return [
    ...panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ where: `panel "${title}"`, expr })),
    ),
    ...readAlerts().map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })),
  ];
}

/** Metrics that a query names; `up` is Prometheus's own. */
export function metricsIn(expr: string): string[] {
  const names = expr.match(/\b(app|loudhailer|nodejs|process|up)(_\w+)?(?=[{[ )])/g) ?? [];
  return names.filter((name) => name !== "up");
}
