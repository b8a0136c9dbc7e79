import { plainText } from "@/core/markdown";
import type { WireBroadcast } from "@/core/protocol";
import { levelOf } from "./icons";
import type { Labels } from "./labels";

/** How long an announcement stays in a live region: then only the banner itself says it. */
export const ANNOUNCED_MS = 10_000;

/** What a screen reader says when a banner appears. */
export function announcementOf(
  broadcast: Pick<WireBroadcast, "title" | "content" | "message_type">,
  labels: Labels,
): string {
  const { title, content } = broadcast;
  const level = labels[levelOf(broadcast.message_type)];
  return `${level}: ${title ? `${title}. ` : ""}${plainText(content)}`;
}
