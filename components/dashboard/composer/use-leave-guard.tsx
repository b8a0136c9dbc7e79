"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useEffectEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

/**
 * Asks before leaving with something unsaved: by the browser's own question when the page goes
 * away, by ours when a link of the dashboard is followed. Returns the dialog to render.
 * @param save saves first, and asks only where that fails; absent: always asks
 */
export function useLeaveGuard(unsaved: boolean, save?: () => Promise<unknown>): ReactNode {
  const router = useRouter();
  const [target, setTarget] = useState<string | null>(null);

  const leave = useEffectEvent((href: string) => {
    if (!save) return setTarget(href);
    save().then(
      () => router.push(href),
      () => setTarget(href),
    );
  });

  useEffect(() => {
    if (!unsaved) return;
    const onLeave = (event: BeforeUnloadEvent) => event.preventDefault();
    const onClick = (event: MouseEvent) => {
      const href = followedLink(event);
      if (href === null) return;
      event.preventDefault();
      event.stopPropagation();
      leave(href);
    };
    window.addEventListener("beforeunload", onLeave);
    document.addEventListener("click", onClick, { capture: true });
    return () => {
      window.removeEventListener("beforeunload", onLeave);
      document.removeEventListener("click", onClick, { capture: true });
    };
  }, [unsaved]);

  return (
    <Dialog
      open={target !== null}
      onOpenChange={(open) => !open && setTarget(null)}
      title="Leave without saving?"
      description="What you changed here since the last save will be lost."
      footer={
        <>
          <Button onClick={() => setTarget(null)}>Stay</Button>
          <Button look="danger" onClick={() => target !== null && router.push(target)}>
            Leave
          </Button>
        </>
      }
    />
  );
}

/** Where a plain click on a link of this site leads; null for every other click. */
function followedLink(event: MouseEvent): string | null {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
    return null;
  }
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.target === "_blank") return null;
  const url = new URL(link.href);
  if (url.origin !== window.location.origin || url.pathname === window.location.pathname) {
    return null;
  }
  return url.pathname + url.search;
}
