import type { Operation, Schema } from "./reference";

const BROADCAST_ID = "5c3d3d0e-6f39-4f7e-9d67-0d6f5b1f2a10";

/** What a field of this name might be; the document's schemas say only what it may be. */
const VALUES: Record<string, unknown> = {
  message: "Maintenance at 22:00",
  title: "Maintenance",
  allowedOrigins: ["https://app.example.com"],
  name: "Deployments",
  slug: "status-page",
  email: "ada@example.com",
  role: "author",
  broadcast_id: BROADCAST_ID,
  broadcastId: BROADCAST_ID,
};

const MAX_DEPTH = 4;

/**
 * A call to copy: with a key where keys are taken, else with a recipient's session.
 * @param origin where this installation is reached
 */
export function curlOf(
  operation: Operation,
  origin: string,
  schemaNamed: (name: string) => Schema | undefined,
): string {
  const { method, path, credentials, parameters, body } = operation;
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(origin + path)}`];
  lines.push(
    credentials.includes("API key")
      ? `-H ${quoted("Authorization: Bearer lhk_…")}`
      : `-H ${quoted("X-Loudhailer-Session: …")}`,
  );
  for (const { name, required, in: place } of parameters) {
    if (place === "header" && required) lines.push(`-H ${quoted(`${name}: "3"`)}`);
  }
  if (parameters.some(({ name }) => name === "Idempotency-Key")) {
    lines.push(`-H ${quoted("Idempotency-Key: any-text-of-yours")}`);
  }
  if (body) {
    lines.push(`-H ${quoted("Content-Type: application/json")}`);
    lines.push(`-d ${quoted(JSON.stringify(exampleOf(body, schemaNamed)))}`);
  }
  return lines.join(" \\\n  ");
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The least that is worth sending: what is required, else one field to show how. */
function exampleOf(
  schema: Schema,
  schemaNamed: (name: string) => Schema | undefined,
  depth = 0,
): unknown {
  const name = schema.$ref?.replace(/^.*\//, "");
  const found = name === undefined ? schema : schemaNamed(name);
  if (!found || depth > MAX_DEPTH) return {};
  const { properties, required = [], anyOf, oneOf, items, default: usual } = found;
  const [first] = anyOf ?? oneOf ?? [];
  if (found.const !== undefined) return found.const;
  if (found.enum) return found.enum[0];
  if (first) return exampleOf(first, schemaNamed, depth + 1);
  if (properties) {
    const names = Object.keys(properties).filter((key) => required.includes(key));
    const shown = names.length > 0 ? names : Object.keys(properties).slice(0, 1);
    return Object.fromEntries(
      shown.map((key) => {
        const value = properties[key] ?? {};
        return [key, VALUES[key] ?? exampleOf(value, schemaNamed, depth + 1)];
      }),
    );
  }
  if (items) return [exampleOf(items, schemaNamed, depth + 1)];
  if (usual !== undefined) return usual;
  return plainExample(found);
}

function plainExample({ type, format, minimum }: Schema): unknown {
  switch (Array.isArray(type) ? type[0] : type) {
    case "integer":
    case "number":
      return Math.max(minimum ?? 1, 1);
    case "boolean":
      return true;
    case "array":
      return [];
    case "string":
      return format === "date-time" ? "2027-01-31T09:00:00Z" : "…";
    default:
      return {};
  }
}
