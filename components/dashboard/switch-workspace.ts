import { WORKSPACE_COOKIE } from "./workspace-cookie";

const YEAR_S = 365 * 24 * 3600;

/** Makes another workspace the present one and opens its overview; a full load. */
export function switchWorkspace(slug: string): void {
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not everywhere yet
  document.cookie = `${WORKSPACE_COOKIE}=${encodeURIComponent(slug)}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
  window.location.assign("/");
}
