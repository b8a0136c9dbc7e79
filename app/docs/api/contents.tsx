import { Method } from "./operation-view";
import type { Reference } from "./reference";
import { schemaAnchor } from "./schema-view";

export const groupAnchor = (tag: string) => `group-${tag.toLowerCase().replaceAll(" ", "-")}`;

/** Where everything is; on a phone folded away above the text. */
export function Contents({ reference }: { reference: Reference }) {
  return (
    <>
      <details className="rounded-md border border-line bg-surface lg:hidden">
        <summary className="touch flex items-center rounded-md px-4 py-3 font-semibold">
          Contents
        </summary>
        <nav aria-label="Contents" className="px-4 pb-4">
          <Links reference={reference} />
        </nav>
      </details>
      <nav
        aria-label="Contents"
        className="sticky top-0 hidden max-h-dvh overflow-y-auto py-8 pr-2 lg:block"
      >
        <Links reference={reference} />
      </nav>
    </>
  );
}

const LINK =
  "flex min-h-8 items-center gap-2 rounded-sm px-2 text-ink-2 text-xs hover:bg-hover hover:text-ink touch";

function Links({ reference: { groups, schemas } }: { reference: Reference }) {
  return (
    <ul className="grid gap-4">
      {groups.map(({ tag, operations }) => (
        <li key={tag}>
          <a href={`#${groupAnchor(tag)}`} className={`${LINK} font-semibold text-ink`}>
            {tag}
          </a>
          <ul>
            {operations.map(({ id, method, path }) => (
              <li key={id}>
                <a href={`#${id}`} className={LINK}>
                  <Method name={method} />
                  <span className="min-w-0 flex-1 break-all font-mono">{shortPath(path)}</span>
                </a>
              </li>
            ))}
          </ul>
        </li>
      ))}
      <li>
        <a href="#shapes" className={`${LINK} font-semibold text-ink`}>
          Shapes
        </a>
        <ul>
          {schemas.map(({ name }) => (
            <li key={name}>
              <a href={`#${schemaAnchor(name)}`} className={LINK}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </li>
    </ul>
  );
}

function shortPath(path: string): string {
  return path.replace(/^\/api\/(v1\/|creator\/)?/, "");
}
