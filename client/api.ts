import type { Credentials } from "./transport";

export interface ApiOptions {
  /** Of the server, without a slash at the end. */
  base: string;
  /** @param fresh the last ones were refused; null = nobody to call for any more */
  credentials(fresh: boolean): Promise<Credentials | null>;
}

/** A call as the recipient; after a 401 the next one has a fresh token. Rejects when unreachable. */
export type Api = (path: string, init?: RequestInit) => Promise<Response>;

export function createApi({ base, credentials }: ApiOptions): Api {
  let refused = false;
  return async (path, init) => {
    const who = await credentials(refused);
    if (!who) throw new Error();
    const response = await fetch(base + path, {
      ...init,
      // Asks each time; the browser's cache keeps the body that a 304 stands for.
      cache: "no-cache",
      headers: {
        ...init?.headers,
        ...(who.token && { Authorization: `Bearer ${who.token}` }),
        ...(who.session && { "X-Loudhailer-Session": who.session }),
      },
    });
    refused = response.status === 401;
    return response;
  };
}
