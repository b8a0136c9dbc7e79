"use client";

import { useRouter } from "next/navigation";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import type { ConnectionSample } from "./charts/connection-samples";
import type { LiveFigures } from "./live-frames";

/** Figures are noted every so often, for the chart; an hour of them. */
const SAMPLE_EVERY_MS = 5_000;
const SAMPLES = 720;

export interface Live {
  connection: "connecting" | "open" | "lost";
  /** Null until the first frame. */
  figures: LiveFigures | null;
  /** Connections by worker since this page was opened, oldest first. */
  samples: readonly ConnectionSample[];
}

const INITIAL: Live = { connection: "connecting", figures: null, samples: [] };
const Context = createContext<Live>(INITIAL);

/** Opens the workspace's live figures once for every screen below. */
export function LiveProvider({ workspace, children }: { workspace: string; children: ReactNode }) {
  const [live, setLive] = useState<Live>(INITIAL);
  const { refresh } = useRouter();

  useEffect(() => {
    let isOver = false;
    let close = () => {};
    const listen = async () => {
      // Not of the first load: what reads the frames is as large as all that shows them.
      const { openLiveSocket } = await import("./live-socket");
      if (isOver) return;
      close = openLiveSocket(workspace, {
        onConnection: (connection) => setLive((before) => ({ ...before, connection })),
        onFigures: (figures) => setLive((before) => withFigures(before, figures)),
        // The server knows where this person may still be: elsewhere, or at the sign-in page.
        onEnded: refresh,
      });
    };
    listen().catch(() => setLive((before) => ({ ...before, connection: "lost" })));
    return () => {
      isOver = true;
      close();
    };
  }, [workspace, refresh]);

  useEffect(() => {
    const timer = setInterval(() => setLive(withSample), SAMPLE_EVERY_MS);
    return () => clearInterval(timer);
  }, []);

  return <Context value={live}>{children}</Context>;
}

export function useLive(): Live {
  return useContext(Context);
}

function withFigures(live: Live, figures: LiveFigures): Live {
  const samples = live.samples.length > 0 ? live.samples : [sampleOf(figures)];
  return { ...live, figures, samples };
}

function withSample(live: Live): Live {
  if (!live.figures) return live;
  return { ...live, samples: [...live.samples, sampleOf(live.figures)].slice(-SAMPLES) };
}

function sampleOf({ workers }: LiveFigures): ConnectionSample {
  return { at: Date.now(), workers };
}
