/** The client without React ([CLI1], [CLI3]). Nothing happens on import. */
export {
  type BannerClient,
  type BannerClientOptions,
  type BannerSnapshot,
  createBannerClient,
} from "./banner-client";
export { defineElement, LoudhailerBannerElement, setDefaultClient } from "./element";
export type { ClientEvents, ConnectionState } from "./events";
export type { GetToken } from "./identity";
export type { Labels } from "./labels";
export type { Look, Theme } from "./look";
export type { TextStorage } from "./storage";
