"use client";

import { useRouter } from "next/navigation";
import { Select } from "@/components/ui/input";
import { AUDIT_GROUPS } from "./audit-words";

export function AuditFilter({ value }: { value: string }) {
  const router = useRouter();
  return (
    <Select
      aria-label="Show"
      value={value}
      onChange={({ target }) =>
        router.replace(target.value ? `/audit?group=${target.value}` : "/audit")
      }
      className="w-44 [&_select]:h-8 [&_select]:text-sm"
    >
      {AUDIT_GROUPS.map((group) => (
        <option key={group.value} value={group.value}>
          {group.label}
        </option>
      ))}
    </Select>
  );
}
