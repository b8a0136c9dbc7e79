import { z } from "zod";
import { SocketClient } from "@/tests/support/socket-client";
import type { Installation } from "./fixtures";

/** Broadcasts of an ordinary day. */
export interface Seed {
  /** Live: a targeted warning with everything set, seen and dismissed by some. */
  liveId: string;
  scheduledId: string;
  draftId: string;
}

export interface SeededDay extends Seed {
  /** One more visitor comes, sees what is live and clicks. */
  another: () => Promise<void>;
  /** All visitors go. */
  leave: () => Promise<void>;
}

const created = z.object({ id: z.string() });

const BROWSERS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
];

const MINUTE = 60_000;
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE).toISOString();

/** Writes them, and has `visitors` people connected who see, click and dismiss what is live. */
export async function seed(
  installation: Installation,
  {
    visitors = 3,
    tokenOf = async () => undefined,
  }: {
    visitors?: number;
    /** The user token of each; absent: they are anonymous. */
    tokenOf?: (visitor: number) => Promise<string | undefined>;
  } = {},
): Promise<SeededDay> {
  const clients = await Promise.all(
    Array.from({ length: visitors }, async (_, visitor) => {
      const token = await tokenOf(visitor);
      return SocketClient.connect(installation.url, {
        ...(token !== undefined && { token }),
        locale: visitor % 5 === 0 ? "fr" : "en",
        headers: { "User-Agent": BROWSERS[visitor % BROWSERS.length] ?? "" },
      });
    }),
  );
  await publish(installation, {
    level: "success",
    title: "Exports are twice as fast",
    message: "CSV and PDF exports now run in the background. **No waiting.**",
    action: { label: "What changed", url: "https://example.com/changes" },
  });
  const liveId = await publish(installation, {
    level: "warning",
    title: "Maintenance at 22:00",
    message: "Reports are read-only for **ten minutes**. Everything you saved is safe.",
    action: { label: "See status", url: "https://status.example.com" },
    endsAt: inMinutes(192),
    translations: {
      fr: {
        title: "Maintenance à 22 h",
        message: "Les rapports sont en lecture seule pendant **dix minutes**.",
        actionLabel: "Voir l’état",
      },
      ar: { message: "التقارير للقراءة فقط لمدة **عشر دقائق**." },
    },
  });
  const scheduledId = await publish(installation, {
    level: "info",
    title: "Spring release",
    message: "A new editor, faster search and shared views.",
    startsAt: inMinutes(20 * 60),
    audience: { signedIn: "signed-in", traits: [{ trait: "plan", op: "is", value: "pro" }] },
  });
  const draftId = await draft(installation, {
    level: "alert",
    message: "Sign-in is down for some of you. We are on it.",
    dismissible: false,
    endsAt: inMinutes(300),
  });
  await Promise.all(clients.map((client, index) => react(client, liveId, index)));
  return {
    liveId,
    scheduledId,
    draftId,
    another: async () => {
      const client = await SocketClient.connect(installation.url);
      clients.push(client);
      client.send({ type: "broadcast_seen", broadcast_id: liveId });
      client.send({ type: "broadcast_clicked", broadcast_id: liveId });
    },
    leave: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

export async function draft({ call }: Installation, body: object): Promise<string> {
  return created.parse(await call("POST", "/api/v1/broadcasts", body)).id;
}

export async function publish(installation: Installation, body: object): Promise<string> {
  const id = await draft(installation, body);
  await installation.call("POST", `/api/v1/broadcasts/${id}/publish`, {});
  return id;
}

/** Everybody sees it, every second one clicks, every third one puts it away. */
async function react(client: SocketClient, id: string, index: number): Promise<void> {
  await client.waitFor("new_broadcast", (frame) => frame.broadcast.id === id);
  client.send({ type: "broadcast_seen", broadcast_id: id });
  if (index % 2 === 0) client.send({ type: "broadcast_clicked", broadcast_id: id });
  if (index % 3 !== 0) return;
  client.send({ type: "acknowledge_broadcast", broadcast_id: id });
  await client.waitFor("broadcast_acknowledged", (frame) => frame.broadcast_id === id);
}
