import type { Broadcast } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import type { ServiceContext } from "../context";

interface Findable {
  find(workspaceId: string, id: string): Promise<Broadcast | null>;
}

/** [SEC4] An id of another workspace is "not found". @throws AppError `not_found` */
export async function findIn(
  store: Findable,
  { workspace }: Pick<ServiceContext, "workspace">,
  id: string,
): Promise<Broadcast> {
  const broadcast = await store.find(workspace.id, id);
  if (!broadcast) throw new AppError("not_found", "Broadcast not found");
  return broadcast;
}
