import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { CopyBlock } from "@/components/ui/copy";
import { Prose } from "./prose";
import type { Answer, Operation } from "./reference";
import { Entry, SchemaView, TypeName } from "./schema-view";

/** One operation: what it takes, what it answers, and a call to copy. */
export function OperationView({ operation, curl }: { operation: Operation; curl: string }) {
  const { id, method, path, summary, credentials, parameters, body, answers } = operation;
  const isDone = ({ status }: Answer) => status < "300";
  return (
    <article
      id={id}
      aria-labelledby={`${id}-title`}
      className="scroll-mt-6 rounded-md border border-line bg-surface"
    >
      <header className="border-line border-b px-4 py-3">
        <h3 id={`${id}-title`} className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Method name={method} />
          <a
            href={`#${id}`}
            className="min-w-0 break-all font-medium font-mono text-sm hover:underline"
          >
            {path}
          </a>
        </h3>
        <p className="mt-1 max-w-[75ch] text-ink-2">
          <Prose text={summary} />
        </p>
        <p className="mt-1 text-ink-3 text-xs">Credentials: {credentials.join(", or ")}</p>
      </header>
      <div className="grid gap-4 px-4 py-3">
        <CopyBlock text={curl} label={`How to call ${method} ${path} with curl`} />
        <Part title="Parameters">
          <ul className="divide-y divide-line">
            {parameters.map(({ name, in: place, schema, required, description }) => (
              <Entry
                key={`${place} ${name}`}
                name={name}
                schema={schema}
                required={required}
                description={description ?? schema.description}
                aside={<span className="ml-2 text-ink-3 text-xs">{PLACES[place]}</span>}
              />
            ))}
          </ul>
        </Part>
        {body ? (
          <Part title="Body">
            <SchemaView schema={body} />
          </Part>
        ) : null}
        {answers.filter(isDone).map(({ status, schema, type }) => (
          <Part key={status} title={`Answer ${status}`} aside={type}>
            {schema ? <SchemaView schema={schema} /> : null}
          </Part>
        ))}
        <Refusals answers={answers.filter((answer) => !isDone(answer))} />
      </div>
    </article>
  );
}

const PLACES = { path: "in the path", query: "in the query", header: "a header" } as const;

const TONES = { GET: "neutral", POST: "outline", PATCH: "outline", DELETE: "alert" } as const;

/** Its word says what it is; the colour only warns of what removes something. */
export function Method({ name }: { name: string }) {
  const tone = name in TONES ? TONES[name as keyof typeof TONES] : "neutral";
  return (
    <Badge tone={tone} className="w-14 justify-center font-mono">
      {name}
    </Badge>
  );
}

function Part({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: string | null;
  children: ReactNode;
}) {
  return (
    <section>
      <h4 className="flex flex-wrap items-baseline gap-x-2 font-semibold text-sm">
        {title}
        {aside ? <span className="font-mono font-normal text-ink-3 text-xs">{aside}</span> : null}
      </h4>
      {children}
    </section>
  );
}

/** Closed at first: they are much the same everywhere. */
function Refusals({ answers }: { answers: Answer[] }) {
  return (
    <details>
      <summary className="touch w-fit rounded-sm py-1 font-semibold text-sm">
        Other answers
        <span className="nums ml-2 font-normal text-ink-3 text-xs">
          {answers.map(({ status }) => status).join(" · ")}
        </span>
      </summary>
      <ul className="divide-y divide-line">
        {answers.map(({ status, description, schema }) => (
          <li key={status} className="py-2 text-ink-2 text-sm">
            <code className="nums mr-2 font-medium font-mono text-ink">{status}</code>
            <Prose text={description} />{" "}
            {schema ? (
              <span className="text-ink-3">
                (<TypeName schema={schema} />)
              </span>
            ) : null}
          </li>
        ))}
      </ul>
    </details>
  );
}
