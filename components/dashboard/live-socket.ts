import { shouldReconnect } from "@/core/close-codes";
import { PING, PONG, SESSION_SUBPROTOCOL, SOCKET_PATH, SUBPROTOCOL } from "@/core/protocol";
import { type LiveFigures, parseLiveFrame } from "./live-frames";
import { rememberedSession, rememberSession } from "./live-session";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

export interface LiveListeners {
  onConnection: (state: "connecting" | "open" | "lost") => void;
  onFigures: (figures: LiveFigures) => void;
  /** Closed for good: the role, the login or the workspace is no more. */
  onEnded: () => void;
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
    const opened = new WebSocket(socketUrl(workspace), protocols(workspace));
    socket = opened;
    opened.onopen = () => {
      attempts = 0;
      listeners.onConnection("open");
    };
    opened.onmessage = ({ data }) => {
      if (typeof data !== "string") return;
      if (data === PING) return opened.send(PONG);
      const frame = parseLiveFrame(data);
      if (frame?.type === "stats") listeners.onFigures(frame.figures);
      if (frame?.type === "connected") rememberSession(workspace, frame.sessionToken);
    };
    opened.onclose = ({ code }) => {
      if (closed) return;
      listeners.onConnection("lost");
      if (!shouldReconnect(code)) return listeners.onEnded();
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

/** Takes up the same session again: a reload is not another stay. */
function protocols(workspace: string): string[] {
  const token = rememberedSession(workspace);
  return token === null ? [SUBPROTOCOL] : [SUBPROTOCOL, SESSION_SUBPROTOCOL + token];
}

function socketUrl(workspace: string): URL {
  const url = new URL(SOCKET_PATH, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("workspace", workspace);
  return url;
}
