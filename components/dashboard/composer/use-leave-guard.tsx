"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useEffectEvent, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

/** A link's address, or the browser's key of an entry of the history. */
type Exit = { href: string } | { key: string };

/**
 * Asks before leaving with something unsaved: by the browser's own question when the page goes
 * away, by ours when a link of the dashboard is followed, or the browser's Back. Returns the dialog to render.
 * @param save saves first, and asks only where that fails; absent: always asks
 */
export function useLeaveGuard(unsaved: boolean, save?: () => Promise<unknown>): ReactNode {
  const router = useRouter();
  /** Goes where the reader wanted to; null = nobody wants to leave. */
  const [onward, setOnward] = useState<(() => void) | null>(null);
  const isLeaving = useRef(false);

  const leave = useEffectEvent((to: Exit) => {
    const go = () => {
      isLeaving.current = true;
      if ("href" in to) router.push(to.href);
      else window.navigation.traverseTo(to.key);
    };
    if (!save) return setOnward(() => go);
    save().then(go, () => setOnward(() => go));
  });

  useEffect(() => {
    if (!unsaved) return;
    const onLeave = (event: BeforeUnloadEvent) => event.preventDefault();
    const onClick = (event: MouseEvent) => {
      const href = followedLink(event);
      if (href === null) return;
      event.preventDefault();
      event.stopPropagation();
      leave({ href });
    };
    // Back and forward. Browsers that do not have it yet go without asking; drafts are saved anyway.
    const { navigation } = window as { navigation?: Navigation };
    const onTraverse = (event: NavigateEvent) => {
      const { key, sameDocument } = event.destination;
      if (event.navigationType !== "traverse" || !sameDocument || !event.cancelable) return;
      if (isLeaving.current) return;
      event.preventDefault();
      leave({ key });
    };
    window.addEventListener("beforeunload", onLeave);
    document.addEventListener("click", onClick, { capture: true });
    navigation?.addEventListener("navigate", onTraverse);
    return () => {
      window.removeEventListener("beforeunload", onLeave);
      document.removeEventListener("click", onClick, { capture: true });
      navigation?.removeEventListener("navigate", onTraverse);
    };
  }, [unsaved]);

  return (
    <Dialog
      open={onward !== null}
      onOpenChange={(open) => !open && setOnward(null)}
      title="Leave without saving?"
      description="What you changed here since the last save will be lost."
      footer={
        <>
          <Button onClick={() => setOnward(null)}>Stay</Button>
          <Button look="danger" onClick={() => onward?.()}>
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
