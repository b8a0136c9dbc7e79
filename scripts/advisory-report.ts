import { z } from "zod";
import { plural } from "@/lib/plural";

/** What `npm audit --json` came to. */
export type Audit =
  | { kind: "clean"; packages: number }
  | { kind: "found"; advisories: readonly Advisory[] }
  | { kind: "unanswered"; reason: string };

export interface Advisory {
  package: string;
  severity: string;
  title: string;
  url: string;
  /** Affected versions. */
  range: string;
}

const advisory = z.object({
  name: z.string(),
  severity: z.string(),
  title: z.string(),
  url: z.string(),
  range: z.string(),
});

const report = z.object({
  vulnerabilities: z.record(
    z.string(),
    // What is only reached through another is named by that one.
    z.object({ via: z.array(z.union([z.string(), advisory])) }),
  ),
  metadata: z.object({ dependencies: z.object({ prod: z.number() }) }),
});

const failure = z.object({
  message: z.string().optional(),
  error: z.object({ summary: z.string().optional() }).optional(),
});

/** Reads npm's answer; one that is no report says why, as far as it can be told. */
export function readAudit(output: string): Audit {
  const json = parseJson(output);
  const parsed = report.safeParse(json);
  if (!parsed.success) return { kind: "unanswered", reason: reasonOf(json) };
  const { vulnerabilities, metadata } = parsed.data;
  const found = new Map<string, Advisory>();
  for (const { via } of Object.values(vulnerabilities)) {
    for (const each of via) {
      if (typeof each !== "string") found.set(`${each.name} ${each.url}`, toAdvisory(each));
    }
  }
  if (Object.keys(vulnerabilities).length === 0) {
    return { kind: "clean", packages: metadata.dependencies.prod };
  }
  return { kind: "found", advisories: [...found.values()] };
}

export function toLines(audit: Audit): string[] {
  switch (audit.kind) {
    case "clean":
      return [`Nothing is known against ${plural(audit.packages, "production package")}.`];
    case "found":
      return audit.advisories.map(
        (one) => `${one.severity}: ${one.package} ${one.range}: ${one.title} (${one.url})`,
      );
    case "unanswered":
      return [
        `NOT CHECKED: the registry gave no advisories (${audit.reason}).`,
        "Ask one that has an audit API: npm run advisories -- --registry=https://…",
      ];
  }
}

function toAdvisory({ name, ...rest }: z.output<typeof advisory>): Advisory {
  return { package: name, ...rest };
}

function reasonOf(json: unknown): string {
  const parsed = failure.safeParse(json);
  const said = parsed.success ? parsed.data.message || parsed.data.error?.summary : undefined;
  // The address of a mirror may hold its password.
  return (said ?? "no answer").replace(/https?:\/\/\S+/g, "its audit address");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
