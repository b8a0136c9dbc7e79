/**
 * `<loudhailer-banner>` for pages that are bundled (`loudhailer/embed`); the script tag's file
 * has the same inside. Nothing happens on import.
 */
export { type BannerClient, type BannerClientOptions, createBannerClient } from "./banner-client";
export { defineElement, LoudhailerBannerElement, setDefaultClient } from "./element";
export type { Labels } from "./labels";
export type { Look, Theme } from "./look";
