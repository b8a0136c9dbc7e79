import { BroadcastBanner, LoudhailerProvider } from "loudhailer/react";
import type { Metadata } from "next";
import type { ReactNode } from "react";
import "loudhailer/banner.css";

export const metadata: Metadata = { title: "Next.js with banners" };

const url = process.env.NEXT_PUBLIC_LOUDHAILER_URL ?? "http://localhost:3000";

/** Around every page, so that the connection outlives navigation. */
export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <LoudhailerProvider options={{ url, workspace: "default" }}>
          <BroadcastBanner />
          {children}
        </LoudhailerProvider>
      </body>
    </html>
  );
}
