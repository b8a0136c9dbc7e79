import { z } from "zod";
import { apiDocument } from "../api-document";
import { openRoute } from "../route";
import { nothing } from "./parameters";

/** Apart from the others, because it describes them. */
export const readDocument = openRoute(
  {
    method: "GET",
    path: "/api/v1/openapi.json",
    tag: "Document",
    summary: "This document.",
    input: nothing,
    answer: z.record(z.string(), z.unknown()),
  },
  async () => ({ body: apiDocument() }),
);
