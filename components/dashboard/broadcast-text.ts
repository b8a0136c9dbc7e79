import { plainText } from "@/core/markdown";
import { parseMarkdown } from "@/core/markdown-parse";

/** What a broadcast says, without formatting, for one line of a list. */
export function messageText(message: string): string {
  return plainText(parseMarkdown(message)).replace(/\s+/g, " ");
}
