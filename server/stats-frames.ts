import type { CreatorStats, StatsFrame } from "@/core/protocol";
import type { Actor } from "@/lib/context";
import type { Logger } from "@/lib/logger";
import type { WorkspaceInfo } from "@/lib/ports/broadcast-store";
import type { Connection } from "./connection";

/** [§ 6] At most once a second, when something changed. */
const INTERVAL_MS = 1_000;

interface StatsFramesOptions {
  connections: ReadonlySet<Connection>;
  /** The figures of one workspace as this actor sees them; cheap enough to ask every second. */
  read: (workspace: WorkspaceInfo, actor: Actor) => Promise<{ stats: CreatorStats; note?: string }>;
  mode: () => "live" | "degraded";
  logger: Logger;
}

/** Live figures for creator and team connections; no work at all while none is open. */
export class StatsFrames {
  readonly #options: StatsFramesOptions;
  /** What each connection was told last. */
  readonly #told = new WeakMap<Connection, string>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: StatsFramesOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(async () => {
      try {
        await this.#tell();
      } catch (err) {
        this.#options.logger.debug({ err }, "live figures are not to be had now");
      }
      this.start();
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #tell(): Promise<void> {
    const frames = new Map<string, Promise<string>>();
    for (const connection of this.#options.connections) {
      const { identity } = connection;
      if (identity.kind === "recipient" || connection.state !== "open") continue;
      const key = `${identity.workspace.id} ${identity.actor.id}`;
      let frame = frames.get(key);
      if (!frame) {
        frame = this.#frame(identity.workspace, identity.actor);
        frames.set(key, frame);
      }
      const text = await frame;
      if (this.#told.get(connection) === text) continue;
      this.#told.set(connection, text);
      connection.sendText(text);
    }
  }

  async #frame(workspace: WorkspaceInfo, actor: Actor): Promise<string> {
    const { stats, note } = await this.#options.read(workspace, actor);
    const frame: StatsFrame = {
      type: "stats",
      stats,
      mode: this.#options.mode(),
      ...(note === undefined ? {} : { connected_users_note: note }),
    };
    return JSON.stringify(frame);
  }
}
