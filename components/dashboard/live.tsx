"use client";

import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import type { LiveFigures } from "./live-frames";
import { openLiveSocket } from "./live-socket";

/** A figure is noted every so often, for the small curve. */
const SAMPLE_EVERY_MS = 4_000;
const SAMPLES = 60;

export interface Live {
  connection: "connecting" | "open" | "lost";
  /** Null until the first frame. */
  figures: LiveFigures | null;
  /** Connected people since this page was opened, oldest first. */
  samples: readonly number[];
}

const INITIAL: Live = { connection: "connecting", figures: null, samples: [] };
const Context = createContext<Live>(INITIAL);

/** Opens the workspace's live figures once for every screen below. */
export function LiveProvider({ workspace, children }: { workspace: string; children: ReactNode }) {
  const [live, setLive] = useState<Live>(INITIAL);

  useEffect(
    () =>
      openLiveSocket(workspace, {
        onConnection: (connection) => setLive((before) => ({ ...before, connection })),
        onFigures: (figures) => setLive((before) => withFigures(before, figures)),
      }),
    [workspace],
  );

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
  const samples = live.samples.length > 0 ? live.samples : [figures.connectedUsers];
  return { ...live, figures, samples };
}

function withSample(live: Live): Live {
  if (!live.figures) return live;
  return { ...live, samples: [...live.samples, live.figures.connectedUsers].slice(-SAMPLES) };
}
