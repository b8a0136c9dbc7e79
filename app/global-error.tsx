"use client";

import { GeistSans } from "geist/font/sans";
import { useEffect } from "react";
import { AuthCard } from "@/components/auth/auth-card";
import { Button } from "@/components/ui/button";
import "./globals.css";

const LOOK_EVERY_MS = 5_000;

/**
 * When not even the layout could be rendered. It reads who is signed in, so that is mostly the
 * database being away; the page comes back with it.
 */
export default function GlobalError() {
  useEffect(() => {
    document.documentElement.classList.toggle("dark", prefersDark());
    // A server whose database was there all along would fail again, and again.
    let wasAway = false;
    const look = async () => {
      const isThere = await canReadDatabase();
      if (isThere && wasAway) window.location.reload();
      wasAway ||= !isThere;
    };
    void look();
    const timer = setInterval(() => void look(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <html lang="en" className={GeistSans.variable}>
      <head>
        <title>Not available · Loudhailer</title>
      </head>
      <body>
        <main className="grid min-h-dvh justify-items-center bg-surface px-6 pt-[16vh]">
          <AuthCard
            title="The dashboard is not available right now"
            description="Its server could not answer, most often because its database is away. Banners that are live stay on people’s screens. This page comes back by itself."
          >
            <Button look="primary" size="lg" onClick={() => window.location.reload()}>
              Try again
            </Button>
          </AuthCard>
        </main>
      </body>
    </html>
  );
}

/** As the server's health report says; a server that does not answer cannot. */
async function canReadDatabase(): Promise<boolean> {
  try {
    const report: unknown = await (await fetch("/health", { cache: "no-store" })).json();
    if (typeof report !== "object" || report === null || !("database" in report)) return false;
    return report.database === "healthy";
  } catch {
    return false;
  }
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
