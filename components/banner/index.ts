/** The banner for React 18 and 19 ([CLI2]). Import `components/banner/banner.css` once. */

export type { BannerClientOptions, BannerSnapshot } from "@/client/banner-client";
export { type BannerClient, createBannerClient } from "@/client/banner-client";
export { DEFAULT_LABELS, type Labels } from "@/client/labels";
export type { Look, Theme } from "@/client/look";
export { BroadcastBanner, type BroadcastBannerProps } from "./banner";
export { BannerView, type BannerViewProps } from "./banner-view";
export {
  Action,
  type BannerContent,
  Dismiss,
  Message,
  Root,
  type RootProps,
  Snooze,
  Title,
} from "./parts";
export { LoudhailerProvider, type LoudhailerProviderProps, useBannerClient } from "./provider";
export { type Banners, useBanners } from "./use-banners";
