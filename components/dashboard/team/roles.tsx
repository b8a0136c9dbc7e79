import { ROLES } from "@/core/roles";
import { ROLE_LABELS } from "../roles";

/** What each role opens, the least first. */
export function Roles() {
  return (
    <dl className="grid grid-cols-[6rem_minmax(0,1fr)] gap-x-4 gap-y-2.5 px-4 py-4 text-sm">
      {ROLES.map((role) => (
        <div key={role} className="col-span-2 grid grid-cols-subgrid">
          <dt className="font-medium">{ROLE_LABELS[role].label}</dt>
          <dd className="text-ink-2">{ROLE_LABELS[role].can}</dd>
        </div>
      ))}
    </dl>
  );
}
