"use client";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import {
  type BannerClient,
  type BannerClientOptions,
  createBannerClient,
} from "@/client/banner-client";

const ClientContext = createContext<BannerClient | null>(null);

export type LoudhailerProviderProps = { children?: ReactNode } & (
  | {
      /** A client of your own; you close it. */
      client: BannerClient;
      options?: never;
      identity?: never;
    }
  | {
      client?: never;
      /** Read when `url`, `workspace` or `locale` change; `getToken` is always the latest. */
      options?: BannerClientOptions;
      /** Changes with who is signed in (a user id): asks `getToken` again. */
      identity?: string | null;
    }
);

/** Before paint in a browser, so that a reload shows its banners without a jump; silent on a server. */
const useBeforePaint = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** One connection for all banners below it. */
export function LoudhailerProvider(props: LoudhailerProviderProps): ReactNode {
  const { client: given, options, identity, children } = props;
  const [own, setOwn] = useState<BannerClient | null>(null);
  const latest = useRef(options);
  const known = useRef(identity);
  const { url, workspace, locale } = options ?? {};

  useBeforePaint(() => {
    latest.current = options;
  });

  useBeforePaint(() => {
    if (given) return;
    const client = createBannerClient({
      ...latest.current,
      url,
      workspace,
      locale,
      getToken: () => latest.current?.getToken?.(),
    });
    setOwn(client);
    return () => client.close();
  }, [given, url, workspace, locale]);

  useEffect(() => {
    if (known.current === identity) return;
    known.current = identity;
    void own?.identify();
  }, [own, identity]);

  return <ClientContext.Provider value={given ?? own}>{children}</ClientContext.Provider>;
}

/** The client of the nearest provider; null on the server, in the first render and without one. */
export function useBannerClient(): BannerClient | null {
  return useContext(ClientContext);
}
