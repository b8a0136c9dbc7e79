import { randomUUID } from "node:crypto";
import { AppError } from "@/core/errors";
import { errorResponse } from "./problem";

/** For programs, an address that does not exist is a problem document, not a page. */
export function unknownAddress(): Response {
  const error = new AppError("not_found", "There is no such address. See /api/v1/openapi.json.");
  return errorResponse(error, "problem", randomUUID());
}
