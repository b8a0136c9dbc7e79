import { Fragment, type ReactNode } from "react";
import { type MarkdownNode, safeUrl } from "@/core/markdown";

/** The tree of a message as React nodes: no HTML strings anywhere ([BC4]). */
export function Markdown({ content }: { content: readonly MarkdownNode[] }): ReactNode {
  return content.map((node, index) => (
    // A tree is drawn anew as a whole: its nodes have no identity but their place.
    // biome-ignore lint/suspicious/noArrayIndexKey: see above
    <Fragment key={index}>{draw(node)}</Fragment>
  ));
}

function draw(node: MarkdownNode): ReactNode {
  switch (node.type) {
    case "text":
      return node.value;
    case "code":
      return <code>{node.value}</code>;
    case "strong":
      return (
        <strong>
          <Markdown content={node.children} />
        </strong>
      );
    case "emphasis":
      return (
        <em>
          <Markdown content={node.children} />
        </em>
      );
    case "link":
      return <Link url={node.url} content={node.children} />;
    case "break":
      return <br />;
    default:
      return null;
  }
}

function Link({ url, content }: { url: string; content: readonly MarkdownNode[] }): ReactNode {
  const href = safeUrl(url);
  const text = <Markdown content={content} />;
  return href ? <a href={href}>{text}</a> : text;
}
