import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLOSE } from "@/core/close-codes";
import { SOCKET_READINGS, WORKER_READINGS } from "@/lib/metric-figures";
import { readAlerts, readPrometheus } from "@/tests/support/metrics";
import { ROOT } from "./run";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "deploy/load-balancers.md",
  "examples/README.md",
  ...["embedding", "protocol", "operations", "migrating", "scaling", "configuration"].map(
    (name) => `docs/${name}.md`,
  ),
  ...readdirSync(join(ROOT, "docs/decisions")).map((name) => `docs/decisions/${name}`),
];

/** As GitHub makes anchors of headings. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
}

describe("the documentation", () => {
  test.each(PAGES)("%s links to what is there", (file) => {
    const links = [...read(file).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)];
    for (const [, link = ""] of links) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path);
      expect(existsSync(join(ROOT, target)), `${file} links to ${link}`).toBe(true);
      if (anchor) expect(anchorsOf(read(target)), `${file} links to ${link}`).toContain(anchor);
    }
  });

  test("§ 11: docs/protocol.md has the table of close codes as it is", () => {
    const rows = Object.values(CLOSE).map(
      ({ code, reason, reconnect }) => `| ${code} | ${reason} | ${reconnect ? "yes" : "no"} |`,
    );
    expect(read("docs/protocol.md")).toContain(rows.join("\n"));
  });

  test("§ 6: docs/protocol.md has every frame that there is", () => {
    const source = read("core/protocol.ts");
    const types = [...source.matchAll(/type: "(\w+)"/g)].map(([, type]) => type ?? "");
    expect(types.length).toBeGreaterThan(12);
    for (const type of types) expect(read("docs/protocol.md")).toContain(type);
  });

  test("each alarm has its words in docs/operations.md, and no other has", () => {
    const explained = [...read("docs/operations.md").matchAll(/^### (Loudhailer\w+)$/gm)];
    const alerts = readAlerts().map(({ alert }) => alert);
    expect(explained.map(([, name]) => name)).toEqual(alerts);
  });

  test("Prometheus is told to scrape what the alerts go by", () => {
    const [job] = readPrometheus().scrape_configs;
    expect(readAlerts()[0]?.expr).toContain(`job="${job?.job_name}"`);
  });

  test("metrics that it names are there", () => {
    const known = [...SOCKET_READINGS, ...WORKER_READINGS].map(({ name }) => name);
    for (const file of PAGES) {
      for (const [name] of read(file).matchAll(/\b(?:loudhailer|app)_[a-z_]+[a-z]\b/g)) {
        if (name !== "loudhailer_token") expect(known, `${file} names ${name}`).toContain(name);
      }
    }
  });
});
