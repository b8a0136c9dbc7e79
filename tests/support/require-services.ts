import { requireTools } from "./tools";

/** Before any test of the project: the servers that its tests start must be there. */
export default function requireServices(): void {
  requireTools(["redis", "postgres"]);
}
