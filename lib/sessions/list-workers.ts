import type { ServiceContext } from "../context";
import type { WorkerInfo } from "../ports/session-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

/** The server processes that are up. @throws AppError `forbidden` */
export async function listWorkers(ctx: ServiceContext): Promise<WorkerInfo[]> {
  requirePermission(ctx, "read");
  return runtime().sessions.workers();
}
