/**
 * Which way imports go (docs/decisions/import-directions.md). Targets are written as files of
 * this repository (`core/limits.ts`), packages (`npm:zod`) and Node's own modules (`node:fs`).
 * Tests may import anything.
 */

/** What the files of one layer may import of this repository, and which packages. */
export interface Layer {
  files: RegExp;
  may: RegExp;
  /** Absent: any package that no other rule confines. */
  packages?: RegExp;
}

/** Something that only a few places may name. */
export interface Confinement {
  what: RegExp;
  to: RegExp;
  /** Naming its types does no harm elsewhere. */
  typesAnywhere?: boolean;
}

/** Something that must not end up in a bundle, however long the way there. */
export interface Barrier {
  from: RegExp;
  never: RegExp;
}

export interface Rules {
  /** The first layer that a file belongs to decides. */
  layers: readonly Layer[];
  confinements: readonly Confinement[];
  barriers: readonly Barrier[];
}

const NO_PACKAGE = /^$/;

export const RULES: Rules = {
  layers: [
    {
      files: /^core\/markdown-parse\.ts$/,
      may: /^core\//,
      packages: /^npm:(mdast|micromark)/,
    },
    { files: /^core\//, may: /^core\//, packages: /^npm:(zod$|mdast$)/ },
    { files: /^client\/testing\//, may: /^(client|core)\// },
    { files: /^client\//, may: /^(client|core)\//, packages: NO_PACKAGE },
    {
      files: /^components\/banner\//,
      may: /^(components\/banner|client|core)\//,
      packages: /^npm:react(-dom)?$/,
    },
    { files: /^components\//, may: /^(components|client|core)\// },
    { files: /^lib\/ports\//, may: /^(lib\/ports|core)\//, packages: NO_PACKAGE },
    { files: /^lib\//, may: /^(lib|core)\// },
    { files: /^server\//, may: /^(server|lib|core)\// },
    { files: /^app\//, may: /^(app|lib|components|client|core)\// },
    { files: /^cli\//, may: /^(cli|lib|core)\// },
  ],
  confinements: [
    {
      what: /^(npm:@prisma\/client|lib\/adapters\/prisma\/generated\/)/,
      to: /^lib\/adapters\/prisma\//,
    },
    { what: /^npm:ioredis$/, to: /^lib\/adapters\/redis\// },
    { what: /^npm:ws$/, to: /^(server|cli|client\/testing)\// },
    // Tools work beside the server, on the same database and Redis.
    {
      what: /^lib\/adapters\//,
      to: /^lib\/(runtime\.ts|maintenance\/|adapters\/)/,
      typesAnywhere: true,
    },
  ],
  barriers: [{ from: /^(client|components\/banner)\//, never: /^npm:(zod|mdast|micromark)/ }],
};
