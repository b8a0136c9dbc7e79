import { Fragment, type ReactNode } from "react";
import { Prose } from "./prose";
import type { Schema } from "./reference";

/** Deeper is not read by anybody. */
const MAX_DEPTH = 5;

export const schemaAnchor = (name: string) => `shape-${name}`;

/** A shape in the words of a sentence; named ones lead to where they are described. */
export function TypeName({ schema }: { schema: Schema }): ReactNode {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (schema.$ref) return <SchemaLink name={schema.$ref.replace(/^.*\//, "")} />;
  if (schema.const !== undefined) return <code>{JSON.stringify(schema.const)}</code>;
  if (schema.enum) return <Values values={schema.enum} />;
  if (alternatives) {
    return alternatives.map((one, at) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: alternatives have no names and never move
      <Fragment key={at}>
        {at > 0 ? " or " : null}
        <TypeName schema={one} />
      </Fragment>
    ));
  }
  if (schema.items) {
    return (
      <>
        list of <TypeName schema={schema.items} />
      </>
    );
  }
  return plainName(schema);
}

function SchemaLink({ name }: { name: string }) {
  return (
    <a
      className="underline decoration-line-strong underline-offset-2"
      href={`#${schemaAnchor(name)}`}
    >
      {name}
    </a>
  );
}

function Values({ values }: { values: unknown[] }) {
  return values.map((value, at) => (
    <Fragment key={String(value)}>
      {at > 0 ? " or " : null}
      <code>{JSON.stringify(value)}</code>
    </Fragment>
  ));
}

function plainName({ type, format, properties }: Schema): string {
  if (format === "date-time") return "time";
  if (format) return format;
  if (type === "object" || properties) return "object";
  return (Array.isArray(type) ? type.join(" or ") : type) ?? "anything";
}

/** What a value must keep to, beside its type. */
function boundsOf(schema: Schema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, default: usual } = schema;
  // The whole range of whole numbers says nothing.
  const isSaid = (bound: number | undefined) =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  return [
    isSaid(minimum) ? `at least ${minimum}` : null,
    isSaid(maximum) ? `at most ${maximum}` : null,
    minLength === 1 ? "not empty" : minLength ? `at least ${minLength} characters` : null,
    maxLength === undefined ? null : `at most ${maxLength} characters`,
    minItems ? `at least ${minItems} of them` : null,
    maxItems === undefined ? null : `at most ${maxItems} of them`,
    usual === undefined ? null : `by default ${JSON.stringify(usual)}`,
  ].filter((bound) => bound !== null);
}

/** A name, what it may be, and what it means: of a field or a parameter. */
export function Entry({
  name,
  schema,
  required,
  description = schema.description,
  aside,
  children,
}: {
  name: string;
  schema: Schema;
  required: boolean;
  description?: string | undefined;
  aside?: ReactNode;
  children?: ReactNode;
}) {
  const bounds = boundsOf(schema);
  return (
    <li className="py-2">
      <p className="text-ink-2 text-sm">
        <code className="mr-2 font-medium font-mono text-ink">{name}</code>
        <TypeName schema={schema} />
        {bounds.length > 0 ? `, ${bounds.join(", ")}` : null}
        {required ? <span className="ml-2 text-ink-3 text-xs">required</span> : null}
        {aside}
      </p>
      {description ? (
        <p className="text-ink-3 text-sm">
          <Prose text={description} />
        </p>
      ) : null}
      {children}
    </li>
  );
}

/** The fields of a shape, those of objects inside it indented. */
export function SchemaView({ schema, depth = 0 }: { schema: Schema; depth?: number }): ReactNode {
  const { properties, required = [] } = schema;
  if (!properties || Object.keys(properties).length === 0) {
    return depth > 0 ? null : (
      <p className="py-2 text-ink-2 text-sm">
        <TypeName schema={schema} />
      </p>
    );
  }
  return (
    <ul className={depth > 0 ? "mt-1 border-line border-l pl-3" : "divide-y divide-line"}>
      {Object.entries(properties).map(([name, field]) => (
        <Entry key={name} name={name} schema={field} required={required.includes(name)}>
          {depth < MAX_DEPTH
            ? innerOf(field).map((inner, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: alternatives have no names
                <SchemaView key={at} schema={inner} depth={depth + 1} />
              ))
            : null}
        </Entry>
      ))}
    </ul>
  );
}

/** The objects that a field is, may be, or is a list of. */
function innerOf(field: Schema): Schema[] {
  if (field.properties) return [field];
  if (field.items) return innerOf(field.items);
  return (field.anyOf ?? field.oneOf ?? []).flatMap(innerOf);
}
