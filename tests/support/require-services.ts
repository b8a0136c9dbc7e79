import { requireTools } from "./tools";

/** Before any test of the project: the servers that its tests start must be there. */
export function setup(): void {
  requireTools(["redis", "postgres"]);
}
