"use client";

import { CloudOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { useLive } from "@/components/dashboard/live";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";

/**
 * In the place of a screen whose data could not be read: the database is away, say. Once it is
 * back the screen is, too.
 */
export default function ScreenError({
  error,
  retry,
}: {
  error: Error & { digest?: string };
  /** Reads it again. */
  retry: () => void;
}) {
  const isAway = useLive().figures?.troubles.includes("database") ?? false;
  const wasAway = useRef(isAway);
  useEffect(() => {
    if (wasAway.current && !isAway) retry();
    wasAway.current = isAway;
  }, [isAway, retry]);
  return (
    <Empty
      icon={CloudOff}
      title="This could not be loaded"
      isPage
      className="pt-32"
      action={isAway ? null : <Button onClick={retry}>Try again</Button>}
    >
      {isAway
        ? "It is read again as soon as the database is back. "
        : "The server could not read it right now. "}
      Banners that are live stay on people’s screens.
      {error.digest ? ` It is noted in the server’s log as ${error.digest}.` : ""}
    </Empty>
  );
}
