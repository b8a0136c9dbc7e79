import type { MarkdownNode } from "@/core/markdown";
import { element } from "./dom";
import { isLink } from "./links";

/** The tree of a message as DOM nodes ([BC4]). Kinds that this version does not know say nothing. */
export function renderMarkdown(nodes: readonly MarkdownNode[]): (Node | string)[] {
  return nodes.map(draw);
}

function draw(node: MarkdownNode): Node | string {
  switch (node.type) {
    case "text":
      return node.value;
    case "code":
      return element("code", {}, node.value);
    case "strong":
      return element("strong", {}, ...renderMarkdown(node.children));
    case "emphasis":
      return element("em", {}, ...renderMarkdown(node.children));
    case "link":
      return element(
        isLink(node.url) ? "a" : "span",
        { href: node.url },
        ...renderMarkdown(node.children),
      );
    case "break":
      return element("br");
    default:
      return "";
  }
}
