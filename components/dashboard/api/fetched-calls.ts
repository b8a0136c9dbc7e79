import { offline } from "./api-error";

type Calls<Api> = { [Name in keyof Api]: (...given: never[]) => Promise<unknown> };

/**
 * Calls whose code (and the schemas of their answers) is fetched when the first one is made: a page
 * shows and can be typed into before it. Every call rejects with ApiError where that is not there.
 */
export function fetchedCalls<Api extends Calls<Api>>(fetchApi: () => Promise<Api>): Api {
  const call =
    (name: keyof Api) =>
    async (...given: never[]) => {
      const api = await fetchApi().catch(() => {
        throw offline();
      });
      return api[name](...given);
    };
  // What is asked for by name is what `Api` has by that name, a tick later.
  return new Proxy({} as Api, { get: (_, name) => call(name as keyof Api) });
}
