import { AppError } from "@/core/errors";

export interface RedisHost {
  host: string;
  port: number;
}

export interface RedisCredentials {
  username: string | null;
  password: string | null;
}

interface Common extends RedisCredentials {
  tls: boolean;
}

/** What `REDIS_URL` says. */
export type RedisTarget =
  | (Common & RedisHost & { kind: "single"; db: number })
  | (Common & {
      kind: "sentinel";
      sentinels: RedisHost[];
      master: string;
      db: number;
      /** The Sentinels' own, where they ask for any. */
      sentinel: RedisCredentials;
    })
  | (Common & { kind: "cluster"; nodes: RedisHost[] });

const FORMS = "redis://, rediss://, redis+sentinel:// or redis+cluster://";
const MAX_HOSTS = 64;

/**
 * Reads the forms of `REDIS_URL`:
 *
 *     redis://[user:password@]host[:6379][/db]             rediss:// the same over TLS
 *     redis+sentinel://[user:password@]host[:26379],…/master-name[/db]
 *     redis+cluster://[user:password@]host[:6379],…
 *
 * Sentinel and Cluster take `?tls=true`; Sentinel also `sentinel_username` and
 * `sentinel_password`. Special characters of a password are percent-encoded; an IPv6 address
 * stands in brackets.
 * @throws AppError `invalid`, which never repeats the URL: it may hold a password
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match = /^([a-z+]+):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(url.trim());
  if (!match) throw wrong(`must be of the form ${FORMS}`);
  const [, scheme, authority = "", path = "", query = ""] = match;
  const at = authority.lastIndexOf("@");
  const credentials = parseCredentials(authority.slice(0, Math.max(at, 0)));
  const hosts = authority.slice(at + 1);
  const segments = path.split("/").filter((segment) => segment !== "");
  switch (scheme) {
    case "redis":
    case "rediss":
      parseQuery(query, []);
      return single(hosts, segments, { ...credentials, tls: scheme === "rediss" });
    case "redis+sentinel":
      return sentinel(hosts, segments, query, credentials);
    case "redis+cluster":
      return cluster(hosts, segments, query, credentials);
    default:
      throw wrong(`must start with ${FORMS}`);
  }
}

/** Where it is, without a password: for logs. */
export function describeTarget(target: RedisTarget): string {
  const list = (hosts: RedisHost[]) => hosts.map(({ host, port }) => `${host}:${port}`).join(",");
  switch (target.kind) {
    case "single":
      return `${target.tls ? "rediss" : "redis"}://${list([target])}/${target.db}`;
    case "sentinel":
      return `redis+sentinel://${list(target.sentinels)}/${target.master}/${target.db}`;
    case "cluster":
      return `redis+cluster://${list(target.nodes)}`;
  }
}

function single(hosts: string, segments: string[], common: Common): RedisTarget {
  const [first, ...others] = parseHosts(hosts, 6379);
  if (!first || others.length > 0)
    throw wrong("names one host; several are Sentinel's or Cluster's");
  if (segments.length > 1) throw wrong("ends with the number of a database, or with the port");
  return { kind: "single", ...first, ...common, db: parseDb(segments[0]) };
}

function sentinel(
  hosts: string,
  segments: string[],
  query: string,
  credentials: RedisCredentials,
): RedisTarget {
  const [master, db, ...more] = segments;
  if (master === undefined || more.length > 0) {
    throw wrong("needs the master's name after the Sentinels: redis+sentinel://host,host/name");
  }
  const given = parseQuery(query, ["tls", "sentinel_username", "sentinel_password"]);
  return {
    kind: "sentinel",
    sentinels: parseHosts(hosts, 26379),
    master: decode(master),
    db: parseDb(db),
    ...credentials,
    tls: parseFlag(given.get("tls")),
    sentinel: {
      username: given.get("sentinel_username") ?? null,
      password: given.get("sentinel_password") ?? null,
    },
  };
}

function cluster(
  hosts: string,
  segments: string[],
  query: string,
  credentials: RedisCredentials,
): RedisTarget {
  if (parseDb(segments[0]) !== 0 || segments.length > 1)
    throw wrong("a Cluster has database 0 only");
  const tls = parseFlag(parseQuery(query, ["tls"]).get("tls"));
  return { kind: "cluster", nodes: parseHosts(hosts, 6379), ...credentials, tls };
}

function parseCredentials(text: string): RedisCredentials {
  const colon = text.indexOf(":");
  const username = decode(colon < 0 ? text : text.slice(0, colon));
  const password = colon < 0 ? "" : decode(text.slice(colon + 1));
  return { username: username || null, password: password || null };
}

function parseHosts(text: string, defaultPort: number): RedisHost[] {
  const hosts = text.split(",");
  if (hosts.length > MAX_HOSTS) throw wrong(`names more than ${MAX_HOSTS} hosts`);
  return hosts.map((each) => {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(each.trim());
    const host = match?.[1] ?? match?.[2];
    const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
    if (!host || port < 1 || port > 65535) throw wrong("needs host or host:port");
    return { host, port };
  });
}

function parseDb(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,5}$/.test(text)) throw wrong("the database is a number");
  return Number(text);
}

function parseQuery(text: string, allowed: readonly string[]): URLSearchParams {
  const given = new URLSearchParams(text);
  for (const name of given.keys()) {
    if (!allowed.includes(name)) throw wrong(`does not know the parameter ${name}`);
  }
  return given;
}

function parseFlag(text: string | null | undefined): boolean {
  if (text === null || text === undefined || text === "false") return false;
  if (text !== "true") throw wrong("tls is true or false");
  return true;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong("holds a % that is not an encoded character");
  }
}

function wrong(what: string): AppError {
  return new AppError("invalid", `REDIS_URL ${what}.`, { field: "REDIS_URL" });
}
