"use client";

import { PowerOff } from "lucide-react";
import { Link } from "@/components/ui/link";
import { useCan, useDashboard } from "./context";

/** Said at the top of every page while the embed is off ([CLI7]): nobody outside sees a thing. */
export function OffNotice() {
  const { embedEnabled } = useDashboard().workspace;
  const maySwitch = useCan("manage");
  return (
    <div role="status">
      {embedEnabled ? null : (
        <p className="flex items-start gap-2 border-warning-line border-b bg-warning-soft px-4 py-2 text-sm text-warning md:px-8">
          <PowerOff aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>
            Banners are switched off: pages that embed Loudhailer show nothing.{" "}
            {maySwitch ? (
              <Link
                href="/settings#off-switch"
                className="rounded-xs font-medium underline underline-offset-2"
              >
                Switch them on
              </Link>
            ) : (
              "An admin can switch them on."
            )}
          </span>
        </p>
      )}
    </div>
  );
}
