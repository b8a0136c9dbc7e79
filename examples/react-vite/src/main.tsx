import { BroadcastBanner, LoudhailerProvider, useBanners } from "loudhailer/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "loudhailer/banner.css";

const url = import.meta.env.VITE_LOUDHAILER_URL ?? "http://localhost:3000";

function Status() {
  const { banners, connection } = useBanners();
  return (
    <p>
      {connection}, {banners.length} live here
    </p>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <LoudhailerProvider options={{ url, workspace: "default" }}>
        <BroadcastBanner placement={["top", "inline"]} />
        <main>
          <h1>Orders</h1>
          <Status />
        </main>
        <BroadcastBanner placement="bottom" />
      </LoudhailerProvider>
    </StrictMode>,
  );
}
