import type { z } from "zod";
import type { Permission } from "@/core/roles";
import { localeOf } from "../auth/request-credentials";
import type { Caller, MemberCaller, RecipientCaller, ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { recipientOrNewcomer, requirePeople, requireRecipient } from "./access";
import { idempotencyOf } from "./idempotency";
import { type Input, parseInput, type RawInput } from "./input";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** Who may call: people and keys with a permission, recipients of banners, or anyone. */
export type Access = Permission | "recipient" | "anyone";

/**
 * A route as data: what validates a request, and what the API's document says of it, are the
 * same object.
 */
export interface Declaration<I extends Input = Input, A extends z.ZodType = z.ZodType> {
  method: Method;
  /** As OpenAPI writes it: `/api/v1/broadcasts/{id}`. */
  path: string;
  /** Under which heading the document lists it. */
  tag: string;
  /** One sentence. */
  summary: string;
  input: I;
  /** The body of a success. */
  answer: A;
  /** Default 200. */
  status?: 200 | 201;
  /** Default `application/json`. */
  produces?: "text/csv";
  /** Answers carry an `ETag`; asked with it again, 304 says that nothing changed. */
  revalidated?: true;
  /** An `Idempotency-Key` is obeyed ([PUB5]). */
  idempotent?: true;
  /** Counts against `LIMIT_PUBLISHES_PER_MINUTE` too ([SEC5]). */
  publishes?: true;
}

/** What a handler answers: a body in the declared shape, or a response of its own making. */
export type Reply<Body> = { body: Body; headers?: Record<string, string> } | { response: Response };

/** A request on its way: read, its caller known, not yet checked. */
export interface Call {
  request: Request;
  caller: Caller;
  raw: RawInput;
}

/** A declared route with its handler; `serve` makes an HTTP handler of it. */
export interface Route {
  readonly declaration: Declaration & { access: Access };
  /** @throws AppError when the caller may not call it at all; asked before the body is read */
  admit(caller: Caller): void;
  /** @throws whatever the handler throws */
  answer(call: Call): Promise<Response>;
}

interface PeopleCall<I extends Input> {
  ctx: ServiceContext;
  input: z.output<I>;
  request: Request;
}

/** For dashboard people and API keys that have a permission. */
export function peopleRoute<I extends Input, Body>(
  declaration: Declaration<I, z.ZodType<Body>> & { access: Permission },
  handle: (call: PeopleCall<I>) => Promise<Reply<NoInfer<Body>>>,
): Route {
  return {
    declaration,
    admit: (caller) => requirePermission(requirePeople(caller), declaration.access),
    async answer({ request, caller, raw }) {
      const { workspace, actor } = requirePeople(caller);
      const input = await parseInput(declaration.input, raw);
      const idempotency = declaration.idempotent
        ? idempotencyOf(request, actor, workspace.id, raw.body)
        : undefined;
      const ctx = { workspace, actor, ...(idempotency && { idempotency }) };
      return toResponse(declaration, await handle({ ctx, input, request }));
    },
  };
}

interface RecipientCall<I extends Input> {
  caller: RecipientCaller | MemberCaller;
  input: z.output<I>;
  request: Request;
}

/** For whoever sees banners; `newcomers`: also for visitors who were never here before. */
export function recipientRoute<I extends Input, Body>(
  { newcomers, ...declaration }: Declaration<I, z.ZodType<Body>> & { newcomers?: true },
  handle: (call: RecipientCall<I>) => Promise<Reply<NoInfer<Body>>>,
): Route {
  return {
    declaration: { ...declaration, access: "recipient" },
    admit: () => undefined,
    async answer({ request, caller, raw }) {
      const recipient = newcomers
        ? recipientOrNewcomer(caller, localeOf({ url: new URL(request.url) }))
        : requireRecipient(caller);
      const input = await parseInput(declaration.input, raw);
      return toResponse(declaration, await handle({ caller: recipient, input, request }));
    },
  };
}

interface OpenCall<I extends Input> {
  caller: Caller;
  input: z.output<I>;
  request: Request;
}

/** For anyone; the handler looks at who calls. */
export function openRoute<I extends Input, Body>(
  declaration: Declaration<I, z.ZodType<Body>>,
  handle: (call: OpenCall<I>) => Promise<Reply<NoInfer<Body>>>,
): Route {
  return {
    declaration: { ...declaration, access: "anyone" },
    admit: () => undefined,
    async answer({ request, caller, raw }) {
      const input = await parseInput(declaration.input, raw);
      return toResponse(declaration, await handle({ caller, input, request }));
    },
  };
}

function toResponse(declaration: Declaration, reply: Reply<unknown>): Response {
  if ("response" in reply) return reply.response;
  return Response.json(reply.body, {
    status: declaration.status ?? 200,
    headers: reply.headers ?? {},
  });
}
