"use client";

import { useEffect } from "react";
import { Button } from "@/components/ui/button";
import "./globals.css";

/** When not even the layout could be rendered. */
export default function GlobalError({ reset }: { error: Error; reset: () => void }) {
  useEffect(() => {
    document.documentElement.classList.toggle("dark", prefersDark());
  }, []);
  return (
    <html lang="en">
      <body>
        <main className="grid min-h-dvh place-content-center justify-items-start gap-4 px-6">
          <h1 className="font-semibold text-2xl">The dashboard is not available right now</h1>
          <p className="max-w-[52ch] text-ink-2">
            Its server could not answer. Banners that are live stay on people’s screens.
          </p>
          <Button look="primary" size="lg" onClick={reset}>
            Try again
          </Button>
        </main>
      </body>
    </html>
  );
}

/** As the theme menu left it: what usually puts it on the page has gone with the layout. */
function prefersDark(): boolean {
  const isSystemDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  try {
    const chosen = localStorage.getItem("theme");
    return chosen === "dark" || (chosen !== "light" && isSystemDark);
  } catch {
    return isSystemDark;
  }
}
