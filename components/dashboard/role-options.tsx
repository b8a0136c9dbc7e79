import type { Role } from "@/core/roles";
import { ROLE_LABELS } from "./roles";

/** The choices of a select of roles. */
export function RoleOptions({ roles }: { roles: readonly Role[] }) {
  return roles.map((role) => (
    <option key={role} value={role}>
      {ROLE_LABELS[role].label}
    </option>
  ));
}
