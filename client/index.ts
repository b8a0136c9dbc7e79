/** The client without any framework ([CLI1]), `loudhailer/client`. Nothing happens on import. */
export {
  type BannerClient,
  type BannerClientOptions,
  type BannerSnapshot,
  createBannerClient,
} from "./banner-client";
export type { ClientEvents, ConnectionState } from "./events";
export type { GetToken } from "./identity";
export type { TextStorage } from "./storage";
