import { AppError } from "@/core/errors";
import { can, type Permission } from "@/core/roles";
import type { ServiceContext } from "./context";

const DOING: Record<Permission, string> = {
  read: "read this",
  draft: "write broadcasts",
  publish: "publish, edit or clear broadcasts",
  receipts: "see who received a broadcast",
  manage: "manage people, keys, settings and the audit log",
  own: "do what only the owner may",
};

/** [SEC4] Every verb begins with this. @throws AppError `forbidden` */
export function requirePermission({ actor }: ServiceContext, permission: Permission): void {
  if (can(actor.role, permission)) return;
  throw new AppError("forbidden", `The role ${actor.role} may not ${DOING[permission]}.`);
}
