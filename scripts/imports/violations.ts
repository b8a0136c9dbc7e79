import type { Import } from "./graph";
import type { Barrier, Confinement, Layer, Rules } from "./rules";

export interface Violation {
  file: string;
  line: number;
  problem: string;
}

/** Every import that goes the wrong way. */
export function violationsIn(imports: readonly Import[], rules: Rules): Violation[] {
  const atRunTime = imports.filter(({ typeOnly }) => !typeOnly);
  return [
    ...imports.flatMap((one) => againstLayers(one, rules.layers)),
    ...imports.flatMap((one) => againstConfinements(one, rules.confinements)),
    ...againstBarriers(atRunTime, rules.barriers),
    ...cycles(atRunTime),
  ];
}

function againstLayers(one: Import, layers: readonly Layer[]): Violation[] {
  const layer = layers.find(({ files }) => files.test(one.from));
  if (!layer || isAllowed(one.to, layer)) return [];
  return [violation(one, `must not import ${one.to}`)];
}

function isAllowed(target: string, { may, packages }: Layer): boolean {
  if (!/^(npm|node):/.test(target)) return may.test(target);
  return packages?.test(target) ?? true;
}

function againstConfinements(one: Import, confinements: readonly Confinement[]): Violation[] {
  return confinements
    .filter(({ what, to }) => what.test(one.to) && !to.test(one.from))
    .filter(({ typesAnywhere }) => !(typesAnywhere && one.typeOnly))
    .map(({ to }) => violation(one, `must not import ${one.to}: only ${to.source} may`));
}

/** Breadth first from all files behind a barrier at once, so that the way shown is a short one. */
function againstBarriers(imports: readonly Import[], barriers: readonly Barrier[]): Violation[] {
  const byFile = byImporter(imports);
  return barriers.flatMap(({ from, never }) => {
    const cameBy = new Map<string, Import>();
    const queue = [...byFile.keys()].filter((file) => from.test(file));
    for (const file of queue) {
      for (const one of byFile.get(file) ?? []) {
        if (cameBy.has(one.to) || from.test(one.to)) continue;
        cameBy.set(one.to, one);
        queue.push(one.to);
      }
    }
    return [...cameBy.keys()]
      .filter((target) => never.test(target))
      .map((target) => reached(target, cameBy));
  });
}

function reached(target: string, cameBy: ReadonlyMap<string, Import>): Violation {
  const way = [target];
  let first: Import | undefined;
  for (let step = cameBy.get(target); step; step = cameBy.get(step.from)) {
    way.unshift(step.from);
    first = step;
  }
  return { file: way[0] ?? target, line: first?.line ?? 1, problem: `reaches ${way.join(" → ")}` };
}

/** Each cycle once, found depth first. */
function cycles(imports: readonly Import[]): Violation[] {
  const byFile = byImporter(imports);
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (file: string, path: readonly Import[]) => {
    const start = path.findIndex(({ from }) => from === file);
    const back = path[start];
    if (back) {
      const way = [...path.slice(start).map(({ from }) => from), file];
      found.push(violation(back, `imports itself: ${way.join(" → ")}`));
      return;
    }
    if (done.has(file)) return;
    for (const one of byFile.get(file) ?? []) visit(one.to, [...path, one]);
    done.add(file);
  };
  for (const file of byFile.keys()) visit(file, []);
  return found;
}

function byImporter(imports: readonly Import[]): ReadonlyMap<string, Import[]> {
  const byFile = new Map<string, Import[]>();
  for (const one of imports) byFile.set(one.from, [...(byFile.get(one.from) ?? []), one]);
  return byFile;
}

function violation(one: Import, problem: string): Violation {
  return { file: one.from, line: one.line, problem };
}
