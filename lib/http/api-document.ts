import { runtime } from "@/lib/runtime-context";
import { openApiDocument } from "./openapi";
import { ROUTES } from "./routes";

let made: ReturnType<typeof openApiDocument> | null = null;

/** This server's OpenAPI document: made once, because routes do not change while a process runs. */
export function apiDocument(): ReturnType<typeof openApiDocument> {
  made ??= openApiDocument(ROUTES, runtime().version);
  return made;
}
