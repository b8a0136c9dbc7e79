"use client";

import { CloudOff } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";

/** In the place of a screen whose data could not be read: the database is away, say. */
export default function ScreenError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <Empty
      icon={CloudOff}
      title="This could not be loaded"
      isPage
      className="pt-32"
      action={<Button onClick={reset}>Try again</Button>}
    >
      The server could not read it right now. Banners that are live stay on people’s screens.
      {error.digest ? ` It is noted in the server’s log as ${error.digest}.` : ""}
    </Empty>
  );
}
