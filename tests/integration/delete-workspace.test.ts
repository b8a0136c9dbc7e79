import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { auditPage } from "@/core/api/history-view";
import { CLOSE } from "@/core/close-codes";
import { signUserToken } from "@/lib/auth/user-token";
import { type CallOptions, call, idOf, mustCall } from "@/tests/support/api";
import { type Cluster, startCluster } from "@/tests/support/cluster";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { type Replica, startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";
import { StreamClient } from "@/tests/support/stream-client";

const FIXED = "/api/creator/broadcast";
const SOON = { timeout: 20_000, interval: 100 };
/** When the scheduled one would start: well after the workspace is gone. */
const STARTS_IN_MS = 8_000;

const activeAnswer = z.object({ session_id: z.string(), session_token: z.string() });

/** A workspace with somebody of every kind in it, connected where `there` is. */
class Doomed {
  readonly slug = `doomed-${randomUUID().slice(0, 8)}`;
  id = "";
  readonly sockets: SocketClient[] = [];
  readonly credentials: CallOptions[] = [];
  stream: StreamClient | null = null;

  constructor(
    readonly here: string,
    readonly cookie: string,
  ) {}

  owner(method: string, path: string, body?: unknown) {
    const { cookie } = this;
    return mustCall(this.here, method, `${path}?workspace=${this.slug}`, { cookie, body });
  }

  async fill(there: string): Promise<void> {
    const { here, cookie, slug } = this;
    const body = { slug, name: "Doomed" };
    this.id = idOf(await mustCall(here, "POST", "/api/v1/workspaces", { cookie, body }));
    const live = idOf(await this.owner("POST", FIXED, { message: "Live and seen" }));
    await this.owner("POST", FIXED, {
      message: "Yet to come",
      replace: false,
      startsAt: new Date(Date.now() + STARTS_IN_MS).toISOString(),
    });
    await this.owner("POST", "/api/v1/broadcasts", { message: "A draft" });
    await this.owner("POST", "/api/v1/invitations", { email: "a@example.com", role: "author" });
    const { json } = await this.owner("POST", "/api/v1/api-keys", { name: "CI", role: "admin" });
    const { key } = z.object({ key: z.string() }).parse(json);
    const secrets = await this.owner("GET", "/api/v1/token-secrets");
    const [secret] = z
      .object({ tokenSecrets: z.array(z.object({ secret: z.string() })) })
      .parse(secrets.json).tokenSecrets;
    const token = await signUserToken(secret?.secret ?? "", { sub: "ada" });

    // What happened on this one may not be known there yet.
    await expect
      .poll(
        async () => (await call(there, "GET", `${FIXED}/active?workspace=${slug}`)).status,
        SOON,
      )
      .toBe(200);
    const stay = await mustCall(there, "GET", `${FIXED}/active?workspace=${slug}`, {
      bearer: token,
    });
    const { session_id, session_token: session } = activeAnswer.parse(stay.json);
    const connect = (options: object) =>
      SocketClient.connect(there, { workspace: slug, ...options });
    const user = await connect({ token });
    this.sockets.push(user, await connect({}), await connect({ bearer: key }));
    this.sockets.push(await connect({ cookie, origin: there }));
    await user.until("the live banner", () => user.shown.join() === live);
    user.send({ type: "acknowledge_broadcast", broadcast_id: live, revision: 1 });
    await user.waitFor("broadcast_acknowledged");
    this.stream = await StreamClient.open(there, session_id, { workspace: slug, session });
    this.credentials.push({ bearer: key }, { bearer: token }, { session }, { cookie }, {});
  }

  async delete(): Promise<void> {
    await this.owner("DELETE", `/api/v1/workspaces/${this.slug}`, { confirm: this.slug });
  }

  /** Everybody was told that there is nothing to come back to. */
  async closings(): Promise<number[]> {
    const closed = [...this.sockets, this.stream].map((socket) => socket?.closed);
    return (await Promise.all(closed)).map((closing) => closing?.code ?? 0);
  }

  async answers(url: string): Promise<number[]> {
    const path = `${FIXED}/active?workspace=${this.slug}`;
    const answers = await Promise.all(this.credentials.map((who) => call(url, "GET", path, who)));
    return answers.map(({ status }) => status);
  }

  async knocked(url: string): Promise<number> {
    const socket = await SocketClient.open(url, { workspace: this.slug });
    return (await socket.closed).code;
  }
}

const GONE = CLOSE.unknown.code;
/** A key is of no workspace then; the others ask for one that is not there. */
const REFUSED = [401, 404, 404, 404, 404];

async function deletionsIn(url: string, cookie: string) {
  const { json } = await mustCall(url, "GET", "/api/v1/audit?action=workspace.deleted", { cookie });
  return auditPage.parse(json).entries;
}

describe("[SEC4] a workspace that is deleted, on two replicas", () => {
  let cluster: Cluster;
  let sql: Client;

  beforeAll(async () => {
    cluster = await startCluster(2);
    sql = new Client({ connectionString: cluster.postgres.url });
    await sql.connect();
  });
  afterAll(async () => {
    await sql?.end();
    await cluster?.stop();
  });

  function urls(): [string, string] {
    const [one, two] = cluster.replicas;
    if (!one || !two) throw new Error("Two replicas were to be started.");
    return [one.url, two.url];
  }

  async function rowsOf(id: string): Promise<unknown> {
    const { rows } = await sql.query(
      `SELECT (SELECT count(*) FROM workspace WHERE id = $1)::int AS workspaces,
         (SELECT count(*) FROM broadcast WHERE workspace_id = $1)::int AS broadcasts,
         (SELECT count(*) FROM member WHERE workspace_id = $1)::int AS members,
         (SELECT count(*) FROM invitation WHERE workspace_id = $1)::int AS invitations,
         (SELECT count(*) FROM api_key WHERE workspace_id = $1)::int AS keys,
         (SELECT count(*) FROM token_secret WHERE workspace_id = $1)::int AS secrets,
         (SELECT count(*) FROM acknowledgement)::int AS acknowledgements,
         (SELECT count(*) FROM receipt_count)::int AS counts`,
      [id],
    );
    return rows[0];
  }

  /** What counts calls ends with its minute. */
  async function sessionKeysOf(id: string): Promise<string[]> {
    const keys = (await cluster.redis.command("KEYS", `*${id}*`)).split("\n");
    return keys.filter((key) => key !== "" && !key.includes(":limit:"));
  }

  test("is gone everywhere at once, with all that hung on it but its audit log", async () => {
    const [here, there] = urls();
    const { cookie } = cluster;
    const doomed = new Doomed(here, cookie);
    await doomed.fill(there);
    const bystander = await SocketClient.connect(there);

    await doomed.delete();
    expect(await doomed.closings()).toEqual([GONE, GONE, GONE, GONE, GONE]);
    for (const url of [here, there]) {
      expect(await doomed.answers(url)).toEqual(REFUSED);
      expect(await doomed.knocked(url)).toBe(GONE);
    }

    const none = { workspaces: 0, broadcasts: 0, members: 0, invitations: 0, keys: 0, secrets: 0 };
    await expect
      .poll(() => rowsOf(doomed.id), SOON)
      .toEqual({ ...none, acknowledgements: 0, counts: 0 });
    await expect.poll(() => sessionKeysOf(doomed.id), SOON).toEqual([]);
    const { rows } = await sql.query(
      "SELECT action, before FROM audit_entry WHERE workspace_id = $1 ORDER BY id DESC",
      [doomed.id],
    );
    expect(rows[0]).toMatchObject({
      action: "workspace.deleted",
      before: { slug: doomed.slug, name: "Doomed", broadcasts: 3, members: 1, apiKeys: 1 },
    });
    expect(rows.map(({ action }) => action)).toContain("broadcast.published");
    expect((await deletionsIn(there, cookie))[0]).toMatchObject({
      target: { kind: "workspace", id: doomed.id },
      before: { slug: doomed.slug, name: "Doomed" },
    });

    // The others go on, and are told of nothing that was to start in it.
    const message = "For those who are still here";
    const endsAt = new Date(Date.now() + STARTS_IN_MS + 30_000).toISOString();
    await mustCall(here, "POST", FIXED, { cookie, body: { message, endsAt } });
    expect((await bystander.waitFor("new_broadcast")).broadcast.message).toBe(message);
    bystander.terminate();
  });

  test("leaves its name to another, which nothing of the first opens", async () => {
    const [here, there] = urls();
    const { cookie } = cluster;
    const first = new Doomed(here, cookie);
    await first.fill(there);
    await first.delete();
    const body = { slug: first.slug, name: "Another" };
    await mustCall(here, "POST", "/api/v1/workspaces", { cookie, body });
    await expect
      .poll(() => first.answers(there), SOON)
      // The key; the user's token; the session, which begins anew; the owner; a visitor.
      .toEqual([401, 401, 200, 200, 200]);
    const path = `${FIXED}/active?workspace=${first.slug}`;
    const session = first.credentials[2] ?? {};
    const { json } = await mustCall(there, "GET", path, session);
    expect(activeAnswer.parse(json).session_token).not.toBe(session.session);
    expect(json).toMatchObject({ broadcasts: [] });
    expect(cluster.replicas.map((replica) => errorsOf(replica))).toEqual([[], []]);
  });
});

describe("[SEC4] a workspace that is deleted, on the embedded database", () => {
  let replica: Replica;

  beforeAll(async () => {
    replica = await startReplica({ env: OWNER_ENV });
  });
  afterAll(async () => {
    await replica?.kill();
  });

  test("is gone with its sockets and sessions; the first one stays, whatever is typed", async () => {
    const { url } = replica;
    const cookie = await signIn(url);
    const doomed = new Doomed(url, cookie);
    await doomed.fill(url);
    await doomed.delete();
    expect(await doomed.closings()).toEqual([GONE, GONE, GONE, GONE, GONE]);
    expect(await doomed.answers(url)).toEqual(REFUSED);
    expect(await doomed.knocked(url)).toBe(GONE);
    expect(await deletionsIn(url, cookie)).toHaveLength(1);

    const first = await call(url, "DELETE", "/api/v1/workspaces/default", {
      cookie,
      body: { confirm: "default" },
    });
    expect([first.status, first.json]).toMatchObject([
      409,
      { code: "conflict", detail: expect.stringMatching(/first workspace/) },
    ]);
    expect(errorsOf(replica)).toEqual([]);
    expect(await replica.stop()).toBe(0);
  });
});

function errorsOf(replica: Replica): string[] {
  return replica.logs().match(/^.*"level":"(?:error|fatal)".*$/gm) ?? [];
}
