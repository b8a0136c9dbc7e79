import { FileJson } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { ownOrigin } from "@/app/_server/origin";
import { Mark } from "@/components/dashboard/mark";
import { Button } from "@/components/ui/button";
import { apiDocument } from "@/lib/http/api-document";
import { Contents, groupAnchor } from "./contents";
import { curlOf } from "./example";
import { OperationView } from "./operation-view";
import { Prose } from "./prose";
import { type Reference, readReference } from "./reference";
import { SchemaView, schemaAnchor } from "./schema-view";

export const metadata: Metadata = { title: "API" };

const DOCUMENT = "/api/v1/openapi.json";

let known: Reference | null = null;

/** Read once, as the document is made once. */
function referenceOfTheApi(): Reference {
  known ??= readReference(apiDocument());
  return known;
}

/** The API's document for people (SPEC § 8). It says nothing that the document does not. */
export default async function ApiPage() {
  const reference = referenceOfTheApi();
  const { groups, schemas, version, description } = reference;
  const origin = await ownOrigin();
  const schemaNamed = (wanted: string) => schemas.find(({ name }) => name === wanted)?.schema;
  return (
    <div className="mx-auto grid max-w-[1200px] gap-x-8 gap-y-6 px-4 sm:px-6 lg:grid-cols-[272px_1fr]">
      <header className="flex flex-wrap items-end justify-between gap-4 border-line border-b pt-8 pb-6 lg:col-span-2">
        <div>
          <Link
            href="/"
            className="mb-5 -ml-1 inline-flex items-center gap-2.5 rounded-sm pr-2 font-semibold text-ink-2 text-sm hover:text-ink touch"
          >
            <Mark />
            Loudhailer
          </Link>
          <h1 className="font-semibold text-2xl">API</h1>
          <p className="mt-1 max-w-[75ch] text-ink-2">
            <Prose text={description} />
          </p>
          <p className="nums mt-1 text-ink-3 text-sm">
            Version {version} at <span className="font-mono">{origin}</span>
          </p>
        </div>
        <Button asChild>
          <a href={DOCUMENT}>
            <FileJson aria-hidden />
            OpenAPI document
          </a>
        </Button>
      </header>
      <Contents reference={reference} />
      <main className="grid gap-10 pb-16 lg:py-8">
        {groups.map(({ tag, operations }) => (
          <section key={tag} id={groupAnchor(tag)} className="grid scroll-mt-6 gap-4">
            <h2 className="font-semibold text-xl">{tag}</h2>
            {operations.map((operation) => (
              <OperationView
                key={operation.id}
                operation={operation}
                curl={curlOf(operation, origin, schemaNamed)}
              />
            ))}
          </section>
        ))}
        <Shapes schemas={schemas} />
      </main>
    </div>
  );
}

function Shapes({ schemas }: { schemas: Reference["schemas"] }) {
  return (
    <section id="shapes" className="grid scroll-mt-6 gap-4">
      <h2 className="font-semibold text-xl">Shapes</h2>
      {schemas.map(({ name, schema }) => (
        <article
          key={name}
          id={schemaAnchor(name)}
          className="scroll-mt-6 rounded-md border border-line bg-surface px-4 py-3"
        >
          <h3 className="font-medium font-mono text-sm">{name}</h3>
          <SchemaView schema={schema} />
        </article>
      ))}
    </section>
  );
}
