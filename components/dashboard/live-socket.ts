import { shouldReconnect } from "@/core/close-codes";
import { PING, PONG, SOCKET_PATH, SUBPROTOCOL } from "@/core/protocol";
import { type LiveFigures, parseStatsFrame } from "./live-frames";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

export interface LiveListeners {
  onConnection: (state: "connecting" | "open" | "lost") => void;
  onFigures: (figures: LiveFigures) => void;
}

/**
 * Listens to the workspace's `stats` frames with the dashboard's cookie; reconnects with full
 * jitter, growing to 30 s. Returns what closes it for good.
 */
export function openLiveSocket(workspace: string, listeners: LiveListeners): () => void {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;
  let closed = false;

  const connect = () => {
    const opened = new WebSocket(socketUrl(workspace), SUBPROTOCOL);
    socket = opened;
    opened.onopen = () => {
      attempts = 0;
      listeners.onConnection("open");
    };
    opened.onmessage = ({ data }) => {
      if (typeof data !== "string") return;
      if (data === PING) return opened.send(PONG);
      const figures = parseStatsFrame(data);
      if (figures) listeners.onFigures(figures);
    };
    opened.onclose = ({ code }) => {
      if (closed) return;
      listeners.onConnection("lost");
      if (!shouldReconnect(code)) return;
      const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempts);
      attempts += 1;
      timer = setTimeout(connect, Math.random() * ceiling);
    };
  };

  // A tick later: an effect that runs twice (React's strict mode) opens one socket, not two.
  timer = setTimeout(connect, 0);
  return () => {
    closed = true;
    clearTimeout(timer);
    socket?.close(1000);
  };
}

function socketUrl(workspace: string): URL {
  const url = new URL(SOCKET_PATH, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("workspace", workspace);
  return url;
}
