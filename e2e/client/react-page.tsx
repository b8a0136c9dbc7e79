/** What a host product's React page looks like: rendered on the server, then hydrated. */
import { type ReactNode, StrictMode, useState } from "react";
import { aBroadcast } from "@/client/testing/a-broadcast";
import * as Banner from "@/components/banner";
import { BannerView, BroadcastBanner, LoudhailerProvider, useBanners } from "@/components/banner";

export function ReactPage(): ReactNode {
  return (
    <StrictMode>
      <LoudhailerProvider options={{ url: globalThis.location?.origin, locale: "en" }}>
        <BroadcastBanner placement={["top", "inline"]} />
        <main>
          <h1>A product</h1>
          <Count />
          <OwnMarkup />
          <Preview />
        </main>
        <BroadcastBanner placement="bottom" look="card" snooze={3_600} />
      </LoudhailerProvider>
    </StrictMode>
  );
}

function Count(): ReactNode {
  const { banners, connection } = useBanners();
  return (
    <p data-testid="count">
      {banners.length} banners, {connection}
    </p>
  );
}

function OwnMarkup(): ReactNode {
  const { banners } = useBanners();
  return (
    <ul aria-label="Own markup">
      {banners.map((broadcast) => (
        <li key={broadcast.id}>
          <Banner.Root broadcast={broadcast} className="mine">
            <Banner.Title className="mine-title" />
            <Banner.Message />
            <Banner.Action>Go</Banner.Action>
            <Banner.Dismiss>Got it</Banner.Dismiss>
          </Banner.Root>
        </li>
      ))}
    </ul>
  );
}

function Preview(): ReactNode {
  const [dismissed, setDismissed] = useState(0);
  return (
    <section aria-label="Preview">
      <BannerView
        broadcast={aBroadcast({ id: "preview", message: "A preview" })}
        look="card"
        theme="dark"
        onDismiss={() => setDismissed(dismissed + 1)}
      />
      <output>{dismissed} dismissed</output>
    </section>
  );
}
