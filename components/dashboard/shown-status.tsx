"use client";

import type { Status } from "@/core/broadcast";
import { useShownStatus } from "./clearing";
import { StatusLabel } from "./status";

/** A broadcast's status as this dashboard shows it: cleared as soon as somebody here clears it. */
export function ShownStatus({ id, status }: { id: string; status: Status }) {
  return <StatusLabel status={useShownStatus()({ id, status })} />;
}
