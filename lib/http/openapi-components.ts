import { z } from "zod";
import { namingRegistry } from "./openapi-names";

type Json = Record<string, unknown>;

const jsonObject = z.record(z.string(), z.unknown());

/** JSON schemas of a document, each named one once under `#/components/schemas`. */
export class Components {
  readonly schemas: Record<string, unknown> = {};

  /** @param io what a caller writes, or what it reads */
  schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
    const {
      $schema: _$schema,
      $defs,
      ...made
    } = jsonObject.parse(
      // Dates, transforms and the like have no JSON schema: anything, then.
      z.toJSONSchema(schema, { io, unrepresentable: "any", metadata: namingRegistry }),
    );
    for (const [name, definition] of Object.entries(jsonObject.parse($defs ?? {}))) {
      this.schemas[name] = rewritten(definition);
    }
    return jsonObject.parse(rewritten(made));
  }

  /** The members of an object as parameters in `place`: `path`, `query`, `header`. */
  parametersOf(schema: z.ZodType, place: string): Json[] {
    const { properties, required } = this.schemaOf(schema, "input");
    const mandatory = z.array(z.string()).catch([]).parse(required);
    return Object.entries(jsonObject.parse(properties ?? {})).map(([name, member]) => {
      const { description, ...described } = jsonObject.parse(member);
      return {
        name,
        in: place,
        required: place === "path" || mandatory.includes(name),
        ...(description !== undefined && { description }),
        schema: described,
      };
    });
  }
}

/** With references to where the definitions are in the document. */
function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key !== "$ref" || typeof member !== "string") return [key, rewritten(member)];
      return [key, member.replace(/^#\/\$defs\//, "#/components/schemas/")];
    }),
  );
}
