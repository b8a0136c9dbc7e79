import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ClientFrame } from "@/core/protocol";
import type { Role } from "@/core/roles";
import { signUserToken } from "@/lib/auth/user-token";
import { ROOT } from "@/scripts/run";
import { type Answer, call, idOf, mustCall } from "@/tests/support/api";
import { SocketClient, type SocketOptions } from "@/tests/support/socket-client";
import { StreamClient } from "@/tests/support/stream-client";
import { type Attacker, attackersOf, type Stage, startStage } from "./stage";

// The doors beside the REST API: pages, recipients' sockets, session streams, sign-in.

const FIXED = "/api/creator/broadcast";
const STRANGER = "an admin of another workspace";
const NOT_ALLOWED = "Your role does not reach this far";
const TEAM: readonly Role[] = ["viewer", "author", "publisher", "admin", "owner"];
const from = (lowest: Role) => TEAM.slice(TEAM.indexOf(lowest));
const secretUser = `hidden-${randomUUID()}`;

let stage: Stage;
let attackers: Attacker[];
/** For the team alone. */
let teamOnly: string;
/** For one user alone. */
let personal: string;
/** For all; the same user has dismissed it. */
let dismissed: string;

beforeAll(async () => {
  stage = await startStage();
  attackers = await attackersOf(stage);
  teamOnly = await publish({ message: "Team only", audience: { teamOnly: true } });
  personal = await publish({ message: "For one alone", audience: { include: [secretUser] } });
  dismissed = await publish({ message: "For all" });
  const bearer = await signUserToken(stage.tokenSecret, { sub: secretUser });
  const body = { broadcast_id: dismissed };
  await mustCall(stage.url, "POST", `${FIXED}/acknowledge`, { bearer, body });
  // What is listed of recipients is written a moment after what they dismissed.
  const cookie = stage.cookies.owner;
  const receipts = `/api/v1/broadcasts/${dismissed}/receipts`;
  await vi.waitFor(
    async () => {
      expect((await mustCall(stage.url, "GET", receipts, { cookie })).text).toContain(secretUser);
    },
    { timeout: 10_000 },
  );
});
afterAll(() => stage?.stop());

async function publish(body: Record<string, unknown>): Promise<string> {
  const { url, cookies } = stage;
  const content = { replace: false, ...body };
  return idOf(await mustCall(url, "POST", FIXED, { cookie: cookies.owner, body: content }));
}

interface PageRow {
  /** Who sees it; null: anyone. */
  roles: readonly Role[] | null;
  path?: () => string;
  /** What of it only these may see, though the page is for more. */
  within?: { roles: readonly Role[]; text: () => string | RegExp };
}

/** Every page, by the folder of its file. */
const PAGES: Record<string, PageRow> = {
  "(dashboard)/(overview)": { roles: TEAM },
  "(dashboard)/broadcasts/(list)": { roles: TEAM },
  "(dashboard)/broadcasts/[id]/(view)": {
    roles: TEAM,
    path: () => `/broadcasts/${dismissed}`,
    // Receipts by recipient are for publishers.
    within: { roles: from("publisher"), text: () => secretUser },
  },
  "(dashboard)/broadcasts/[id]/edit": {
    roles: from("publisher"),
    path: () => `/broadcasts/${personal}/edit`,
  },
  "(dashboard)/broadcasts/new": { roles: from("author") },
  "(dashboard)/sessions/(list)": { roles: TEAM },
  "(dashboard)/sessions/[id]": { roles: TEAM, path: () => `/sessions/${randomUUID()}` },
  "(dashboard)/sessions/why": { roles: TEAM },
  "(dashboard)/team": { roles: from("admin") },
  "(dashboard)/api-keys": { roles: from("admin") },
  "(dashboard)/audit": { roles: from("admin") },
  "(dashboard)/settings": {
    roles: from("admin"),
    within: { roles: ["owner"], text: () => /lhs_[\w-]{43}/ },
  },
  "(auth)/sign-in": { roles: null },
  "(auth)/setup": { roles: null },
  "(auth)/invite/[id]": { roles: null, path: () => "/invite/none" },
  demo: { roles: null },
  "docs/api": { roles: null },
};

describe("[SEC4] pages", () => {
  test("have a row each", () => {
    const files = readdirSync(join(ROOT, "app"), { recursive: true, encoding: "utf8" });
    const pages = files.filter((file) => /(^|\/)page\.tsx$/.test(file));
    const folders = pages.map((file) => file.replace(/\/?page\.tsx$/, ""));
    expect(Object.keys(PAGES).sort()).toEqual(folders.sort());
  });

  test.each(Object.entries(PAGES))("%s", async (folder, { roles, path, within }) => {
    const named = folder.split("/").filter((part) => !part.startsWith("("));
    const address = path?.() ?? `/${named.join("/")}`;
    for (const attacker of attackers) {
      const answer = await open(address, attacker);
      const role = roleOnPages(attacker);
      expect.soft(answer.headers.get("access-control-allow-origin")).toBeNull();
      if (roles === null) continue;
      if (role === null) {
        expect.soft(sentTo(answer), attacker.name).toBe("/sign-in");
      } else {
        const refused = answer.text.includes(NOT_ALLOWED);
        expect.soft(refused, `${attacker.name} is refused`).toBe(!roles.includes(role));
      }
      const isOfHere = role !== null && attacker.name !== STRANGER;
      const mayRead = isOfHere && (within?.roles ?? roles).includes(role);
      if (!mayRead) expect.soft(answer.text).not.toMatch(within?.text() ?? "For one alone");
      if (mayRead && within) expect.soft(answer.text).toMatch(within.text());
    }
  });

  function open(path: string, { credentials }: Attacker) {
    const { cookie, bearer, session } = credentials;
    return call(stage.url, "GET", path, {
      ...(bearer && { bearer }),
      ...(session && { session }),
      headers: { ...(cookie && { cookie }), ...credentials.headers },
    });
  }
});

/** Pages know cookies alone; opened from another site's link they show what they always show. */
function roleOnPages({ name, is, credentials }: Attacker): Role | null {
  if (name === "the owner's cookie from another site") return "owner";
  // Of a workspace of their own they are an admin there, and see that one.
  if (name === STRANGER) return "admin";
  return is.kind === "member" && credentials.cookie ? is.role : null;
}

/** Where an answer leads instead, without what it says of the way back. */
function sentTo({ status, headers, text }: Answer): string {
  const location = headers.get("location");
  if (status === 307 && location !== null) return new URL(location, stage.url).pathname;
  return /NEXT_REDIRECT;\w+;([^?;]+)/.exec(text)?.[1] ?? `${status}`;
}

describe("[SEC1] recipients' sockets", () => {
  test("let in everybody as who they are, and nobody as more", async () => {
    for (const attacker of attackers) {
      expect.soft(await joined(attacker), attacker.name).toEqual(expectedOnSocket(attacker));
    }
  });

  test("[SEC4] tell figures to the team alone", async () => {
    const watched = await SocketClient.connect(stage.url, { bearer: stage.keys.viewer });
    const outsiders = await Promise.all(
      attackers
        .filter(({ is }) => is.kind === "recipient" || is.kind === "visitor")
        .map((attacker) => SocketClient.connect(stage.url, socketOf(attacker))),
    );
    await watched.waitFor("stats", () => true, { from: watched.frames.length });
    for (const outsider of outsiders) {
      await outsider.settled();
      expect.soft(outsider.frames.some(({ type }) => type === "stats")).toBe(false);
      outsider.terminate();
    }
    watched.terminate();
  });

  const ABOUT: Record<ClientFrame["type"], Record<string, unknown>> = {
    acknowledge_broadcast: {},
    broadcast_seen: {},
    broadcast_clicked: {},
    snooze_broadcast: { seconds: 60 },
    get_active_broadcast: {},
    authenticate: {},
  };

  test.each(Object.keys(ABOUT))("refuse %s about another workspace's broadcast", async (type) => {
    const bearer = await signUserToken(stage.other.tokenSecret, { sub: secretUser });
    const socket = await SocketClient.connect(stage.url, { workspace: "other", token: bearer });
    const before = await receipts();
    const own = await signUserToken(stage.tokenSecret, { sub: "u1" });
    socket.send({
      type,
      broadcast_id: teamOnly,
      token: own,
      ...ABOUT[type as ClientFrame["type"]],
    });
    if (type === "authenticate") expect((await socket.closed).code).toBe(4401);
    else await socket.settled();
    const shown = JSON.stringify(socket.frames);
    expect(shown).not.toContain("Team only");
    if (type === "acknowledge_broadcast" || type === "snooze_broadcast") {
      await socket.waitFor("error", ({ code }) => code === "not_found");
    }
    expect(await receipts()).toEqual(before);
    socket.terminate();
  });

  const receipts = () => stage.sql("SELECT * FROM receipt WHERE broadcast_id = $1", [teamOnly]);
});

function socketOf({ credentials }: Attacker): SocketOptions {
  const { cookie, bearer, session, headers, workspace } = credentials;
  const origin = headers?.origin ?? (cookie ? stage.url : undefined);
  return {
    ...(cookie && { cookie }),
    ...(bearer && { bearer }),
    ...(session && { session }),
    ...(origin && { origin }),
    ...(workspace && { workspace }),
  };
}

/** What became of a handshake: as whom, or how it was refused. */
async function joined(attacker: Attacker): Promise<string> {
  let socket: SocketClient;
  try {
    socket = await SocketClient.open(stage.url, socketOf(attacker));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  try {
    const { user_id: user, active } = await socket.waitFor("connected");
    const seesTeams = active.some(({ id }) => id === teamOnly);
    if (seesTeams) return "team";
    return user === "u1" ? "the user" : "a visitor";
  } catch {
    return `closed with ${(await socket.closed).code}`;
  } finally {
    socket.terminate();
  }
}

function expectedOnSocket({ name, is }: Attacker): string {
  if (is.kind === "member" || is.kind === "key") return "team";
  if (name === "another workspace's key") return "closed with 4403";
  if (is.kind === "refused") {
    return is.status === 403 ? "Unexpected server response: 403" : "closed with 4401";
  }
  return is.kind === "recipient" && name !== "a visitor" ? "the user" : "a visitor";
}

describe("[STR1] session streams", () => {
  test("are for their own session, the team and keys; admins are those who manage", async () => {
    for (const attacker of attackers) {
      const expected = expectedOnStream(attacker);
      expect.soft(await listened(attacker), attacker.name).toBe(expected);
    }
  });

  test("of two workspaces never meet", async () => {
    const sessionId = randomUUID();
    const here = await StreamClient.join(stage.url, sessionId, { bearer: stage.keys.admin });
    const there = await StreamClient.join(stage.url, sessionId, { bearer: stage.other.key });
    await Promise.all([here.hello(), there.hello()]);
    here.send({ type: "broadcast", msg: "secret" });
    expect(await here.nextJson()).toMatchObject({ msg: "secret" });
    expect((await there.presence()).count).toBe(1);
    for (const client of [here, there]) client.terminate();
  });
});

async function listened(attacker: Attacker): Promise<string> {
  const sessionId = randomUUID();
  let stream: StreamClient;
  try {
    stream = await StreamClient.open(stage.url, sessionId, socketOf(attacker));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  try {
    const first = await stream.nextJson();
    if (!isType(first, "connected")) return `closed with ${(await stream.closed).code}`;
    stream.send({ type: "hello", user_type: "admin", client_type: "web" });
    stream.sendText("ping");
    return (await stream.next()) === "pong" ? "listens as admin" : "listens";
  } finally {
    stream.terminate();
  }
}

function isType(frame: unknown, type: string): boolean {
  return typeof frame === "object" && frame !== null && "type" in frame && frame.type === type;
}

function expectedOnStream({ name, is }: Attacker): string {
  if (is.kind === "member" || is.kind === "key") {
    return from("admin").includes(is.role) ? "listens as admin" : "listens";
  }
  if (name === "another workspace's key") return "closed with 4403";
  if (is.kind === "refused") {
    return is.status === 403 ? "Unexpected server response: 403" : "closed with 4401";
  }
  return "closed with 4403";
}
