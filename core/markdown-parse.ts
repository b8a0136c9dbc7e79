import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { type MarkdownNode, safeUrl } from "./markdown";
import { normalizeText } from "./text";

/**
 * Blocks have no place in a banner, so their markers are ordinary characters (`# 1 in **sales**`
 * keeps its `#` and its bold). Character references too: what an author types is what shows, and
 * `&lt;` is HTML.
 */
const LITERAL = [
  "blockQuote",
  "characterReference",
  "codeIndented",
  "definition",
  "headingAtx",
  "htmlFlow",
  "list",
  "setextUnderline",
  "thematicBreak",
];

/** Without any of these there is nothing to format, and most messages are without. */
const FORMATTING = /[\\`*_[<~]/;

/** UTF-16 units: far beyond any message; a longer text is not worth parsing. */
const PARSED_LENGTH = 2000;

/**
 * A message's text as the tree that clients draw ([BC4]): bold, italic, code, links and line
 * breaks. Everything else (images, HTML, code blocks) is its literal text as typed; a link that
 * may not be followed is its own text. Line ends are breaks. Adjacent text is one node. Never
 * throws.
 */
export function parseMarkdown(text: string): MarkdownNode[] {
  const source = normalizeText(text);
  if (source === "") return [];
  if (source.length > PARSED_LENGTH) return [{ type: "text", value: source }];
  if (!FORMATTING.test(source)) return plain(source);
  try {
    const root = fromMarkdown(source, { extensions: [{ disable: { null: LITERAL } }] });
    return merge(root.children.flatMap((block, index) => paragraph(block, index, source)));
  } catch {
    // A message must reach its readers even where the parser has a bug.
    return [{ type: "text", value: source }];
  }
}

/** What the parser would say, about a hundred times faster. */
function plain(source: string): MarkdownNode[] {
  return lines(source.replace(/[ \t]*(\n[ \t]*)+/g, "\n"));
}

function paragraph(block: Nodes, index: number, source: string): MarkdownNode[] {
  const nodes = reduce(block, source);
  return index === 0 ? nodes : [{ type: "break" }, ...nodes];
}

function reduce(node: Nodes, source: string): MarkdownNode[] {
  switch (node.type) {
    case "text":
      return lines(node.value);
    case "inlineCode":
      return [{ type: "code", value: node.value }];
    case "break":
      return [{ type: "break" }];
    case "paragraph":
      return reduceAll(node.children, source);
    case "strong":
    case "emphasis":
      return [{ type: node.type, children: merge(reduceAll(node.children, source)) }];
    case "link":
      return link(node.url, merge(reduceAll(node.children, source)), literal(node, source));
    default:
      return lines(literal(node, source));
  }
}

function reduceAll(nodes: readonly Nodes[], source: string): MarkdownNode[] {
  return nodes.flatMap((node) => reduce(node, source));
}

function link(url: string, children: MarkdownNode[], typed: string): MarkdownNode[] {
  if (children.length === 0) return lines(typed);
  const safe = safeUrl(url);
  return safe === null ? children : [{ type: "link", url: safe, children }];
}

function literal(node: Nodes, source: string): string {
  return source.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0);
}

function lines(text: string): MarkdownNode[] {
  return text
    .split("\n")
    .flatMap((value, index): MarkdownNode[] =>
      index === 0 ? [{ type: "text", value }] : [{ type: "break" }, { type: "text", value }],
    );
}

function merge(nodes: readonly MarkdownNode[]): MarkdownNode[] {
  const merged: MarkdownNode[] = [];
  for (const node of nodes) {
    const last = merged.at(-1);
    if (node.type !== "text") merged.push(node);
    else if (last?.type === "text")
      merged[merged.length - 1] = { type: "text", value: last.value + node.value };
    else if (node.value !== "") merged.push(node);
  }
  return merged;
}
