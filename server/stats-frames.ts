import type { CreatorStats, LiveReceipts, StatsFrame, Trouble } from "@/core/protocol";
import type { Actor } from "@/lib/context";
import type { Logger } from "@/lib/logger";
import type { WorkspaceInfo } from "@/lib/ports/broadcast-store";
import type { Connection } from "./connection";

/** [§ 6] At most once a second, when something changed. */
const INTERVAL_MS = 1_000;

interface Figures {
  stats: CreatorStats;
  note?: string;
}

interface StatsFramesOptions {
  /** Those of dashboard people and programs: recipients are told no figures. */
  connections: ReadonlySet<Connection>;
  /** The figures of one workspace as this actor sees them; cheap enough to ask every second. */
  read: (workspace: WorkspaceInfo, actor: Actor) => Promise<Figures>;
  /** How what is live in a workspace is received; as cheap. */
  receipts: (workspace: WorkspaceInfo) => Promise<LiveReceipts[]>;
  state: () => { mode: "live" | "degraded"; seq: number; troubles: Trouble[] };
  logger: Logger;
}

/** Live figures for creator and team connections; no work at all while none is open. */
export class StatsFrames {
  readonly #options: StatsFramesOptions;
  /** What each connection was told last. */
  readonly #told = new WeakMap<Connection, string>();
  /** Last figures by workspace and actor: while they cannot be read, that is still to be said. */
  #known = new Map<string, Figures>();
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
    const receipts = new Map<string, Promise<LiveReceipts[] | null>>();
    const known = new Map<string, Figures>();
    for (const connection of this.#options.connections) {
      const { identity } = connection;
      if (identity.kind === "recipient" || connection.state !== "open") continue;
      const { workspace, actor } = identity;
      const key = `${workspace.id} ${actor.id}`;
      let frame = frames.get(key);
      if (!frame) {
        const received = receipts.get(workspace.id) ?? this.#receiptsOf(workspace);
        receipts.set(workspace.id, received);
        frame = this.#frame(key, workspace, actor, received, known);
        frames.set(key, frame);
      }
      const text = await frame;
      if (this.#told.get(connection) === text) continue;
      this.#told.set(connection, text);
      connection.sendText(text);
    }
    this.#known = known;
  }

  async #frame(
    key: string,
    workspace: WorkspaceInfo,
    actor: Actor,
    received: Promise<LiveReceipts[] | null>,
    known: Map<string, Figures>,
  ): Promise<string> {
    const figures = await this.#figures(key, workspace, actor);
    known.set(key, figures);
    const receipts = await received;
    const frame: StatsFrame = {
      type: "stats",
      stats: figures.stats,
      ...this.#options.state(),
      ...(figures.note === undefined ? {} : { connected_users_note: figures.note }),
      ...(receipts && { receipts }),
    };
    return JSON.stringify(frame);
  }

  async #figures(key: string, workspace: WorkspaceInfo, actor: Actor): Promise<Figures> {
    try {
      return await this.#options.read(workspace, actor);
    } catch (err) {
      const last = this.#known.get(key);
      if (!last) throw err;
      return last;
    }
  }

  #receiptsOf(workspace: WorkspaceInfo): Promise<LiveReceipts[] | null> {
    return this.#options.receipts(workspace).catch((err: unknown) => {
      this.#options.logger.debug({ err }, "receipts are not to be had now");
      return null;
    });
  }
}
