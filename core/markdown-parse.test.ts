import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MarkdownNode, plainText, safeUrl } from "./markdown";
import { parseMarkdown } from "./markdown-parse";
import { normalizeText } from "./text";

const text = (value: string): MarkdownNode => ({ type: "text", value });
const strong = (...children: MarkdownNode[]): MarkdownNode => ({ type: "strong", children });
const emphasis = (...children: MarkdownNode[]): MarkdownNode => ({ type: "emphasis", children });
const code = (value: string): MarkdownNode => ({ type: "code", value });
const link = (url: string, ...children: MarkdownNode[]): MarkdownNode => ({
  type: "link",
  url,
  children,
});
const br: MarkdownNode = { type: "break" };

describe("what is formatted", () => {
  test.each<[string, MarkdownNode[]]>([
    ["", []],
    ["plain", [text("plain")]],
    ["a **b** c", [text("a "), strong(text("b")), text(" c")]],
    [
      "__b__ and _i_ and *i*",
      [strong(text("b")), text(" and "), emphasis(text("i")), text(" and "), emphasis(text("i"))],
    ],
    ["***both***", [emphasis(strong(text("both")))]],
    ["`a *b*`", [code("a *b*")]],
    ["[a](https://b.test)", [link("https://b.test/", text("a"))]],
    ["[**a** b](/c 'title')", [link("/c", strong(text("a")), text(" b"))]],
    ["<https://b.test>", [link("https://b.test/", text("https://b.test"))]],
    ["<a@b.test>", [link("mailto:a@b.test", text("a@b.test"))]],
    ["\\*a\\*", [text("*a*")]],
    ["a\nb", [text("a"), br, text("b")]],
    ["a  \nb", [text("a"), br, text("b")]],
    ["a\\\nb", [text("a"), br, text("b")]],
    ["a\n\n\n\nb", [text("a"), br, text("b")]],
    ["**a\nb**", [strong(text("a"), br, text("b"))]],
  ])("[BC4] %j", (typed, nodes) => {
    expect(parseMarkdown(typed)).toEqual(nodes);
  });
});

describe("what is text as typed", () => {
  test.each([
    "# heading",
    "a\n===",
    "- list",
    "1. list",
    "1) list",
    "> quote",
    "---",
    "***",
    "![image](https://b.test/c.png)",
    "![image][ref]",
    "[ref]: https://b.test",
    "[a][ref]",
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "<!-- comment -->",
    "<img src=x onerror=alert(1)>",
    "&amp; &lt;b&gt; &#42; &nbsp;",
    "~~gone~~",
    "| a | b |",
    "```\n*a*\n```",
    "~~~js\n*a*",
    "[](https://b.test)",
    "https://b.test",
    "a * b * c",
    "snake_case_name",
  ])("[BC4] %j", (typed) => {
    const expected = typed
      .split("\n")
      .flatMap((line, index) => (index === 0 ? [text(line)] : [br, text(line)]));
    expect(parseMarkdown(typed)).toEqual(expected);
  });

  test("[BC4] the marker of a block is text, and its line is formatted all the same", () => {
    expect(parseMarkdown("# 1 in **sales**\n- *a*\n> `b`")).toEqual([
      ...[text("# 1 in "), strong(text("sales")), br],
      ...[text("- "), emphasis(text("a")), br, text("> "), code("b")],
    ]);
  });

  test.each<[string, MarkdownNode[]]>([
    ["a **b**\n===", [text("a "), strong(text("b")), br, text("===")]],
    ["a\n\n    **b**", [text("a"), br, strong(text("b"))]],
    ["[**a**]: /b", [text("["), strong(text("a")), text("]: /b")]],
    ["1. a\n\n   **b**", [text("1. a"), br, strong(text("b"))]],
  ])("[BC4] so it is in %j", (typed, nodes) => {
    expect(parseMarkdown(typed)).toEqual(nodes);
  });

  test("[BC4] formatting around HTML holds, the HTML is text", () => {
    expect(parseMarkdown("<div>**a**</div>")).toEqual([
      text("<div>"),
      strong(text("a")),
      text("</div>"),
    ]);
  });

  test.each([
    ["[a](javascript:alert(1))", [text("a")]],
    ["[a](javascript&colon;alert(1))", [text("a")]],
    ["[a](<java\tscript:alert(1)>)", [text("a")]],
    ["[a](//evil.test)", [text("a")]],
    ["[a](/\\\\evil.test)", [text("a")]],
    ["[a](data:text/html,x)", [text("a")]],
    ["<javascript:alert(1)>", [text("javascript:alert(1)")]],
    ["x [**a**](ftp://b) y", [text("x "), strong(text("a")), text(" y")]],
  ])("[BC4] a link that may not be followed is its text: %j", (typed, nodes) => {
    expect(parseMarkdown(typed)).toEqual(nodes);
  });
});

test("[BC4] text is normalized before it is parsed", () => {
  expect(parseMarkdown(" \ufeff**cafe\u0301**\u0000\r\n")).toEqual([strong(text("caf\u00e9"))]);
});

test("[BC4] text far beyond a message is one literal text", () => {
  const long = `**${"a".repeat(5_000)}**`;
  expect(parseMarkdown(long)).toEqual([text(long)]);
});

describe("for any text", () => {
  const pieces = fc.constantFrom(
    ..."** * __ _ ` `` ``` ~~~ [ ] ( ) < > ! # - + 1. 1) | \\ & &amp; &#42; // : a b".split(" "),
    ...["\n", "\n\n", " ", "    ", "\t", "\r\n", "\u0000", "\ud800", "😀", "[a](", "](/b)", "<b"],
    ...["<https://a.test>", "javascript:x", "![", "[a]: /b\n", "</b>", "<!--", "===\n", "e\u0301"],
  );
  const messages = fc.oneof(
    fc.array(pieces, { maxLength: 60 }).map((list) => list.join("")),
    fc.string({ unit: "binary", maxLength: 280 }),
  );

  test("[BC4] only allowed nodes and safe URLs come out", () => {
    fc.assert(
      fc.property(messages, (message) => {
        for (const node of parseMarkdown(message)) expectAllowed(node);
      }),
      { numRuns: 2_000 },
    );
  });

  test("[BC4] text without formatting is read as it is beside formatting", () => {
    const words = fc.constantFrom(..."a 1. - + # > = | ! ] ) & &amp; : \u00a0 é".split(" "));
    const spaces = fc.constantFrom("", " ", "  ", "    ", "\t", "\n", " \n", "  \n\t", "\n \n\n");
    const texts = fc
      .array(fc.tuple(words, spaces), { minLength: 1, maxLength: 20 })
      .map((list) => normalizeText(list.flat().join("")))
      .filter((typed) => typed !== "");
    fc.assert(
      fc.property(texts, (typed) => {
        expect(parseMarkdown(`${typed}\n*x*`)).toEqual([
          ...parseMarkdown(typed),
          br,
          emphasis(text("x")),
        ]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("[BC4] adjacent text is one node and no text is empty", () => {
    fc.assert(
      fc.property(messages, (message) => {
        expectMerged(parseMarkdown(message));
      }),
      { numRuns: 1_000 },
    );
  });

  test("[BC4] nothing is said that was not typed", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const typed = squeeze(normalizeText(message));
        let at = 0;
        for (const char of squeeze(plainText(parseMarkdown(message)))) {
          at = typed.indexOf(char, at);
          expect(at).not.toBe(-1);
          at += char.length;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("[BC4] words without Markdown come out as they went in", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}\p{N} .,;:'"%/@=]{0,280}$/u), (message) => {
        expect(squeeze(plainText(parseMarkdown(message)))).toBe(squeeze(normalizeText(message)));
      }),
    );
  });

  test.each(["[", "![", "*a_ ", "**", "`", "<", "[a](", "[](", "&", "> ", "- ", "\\", "<a "])(
    "[SEC6] 2,000 characters of %j are parsed within a second",
    (piece) => {
      // Of the processor's time: a busy machine takes longer by the clock.
      const start = process.cpuUsage();
      parseMarkdown(piece.repeat(2_000 / piece.length));
      expect(process.cpuUsage(start).user).toBeLessThan(1_000_000);
    },
  );
});

/** White space at line ends and around lines is layout, not text. */
function squeeze(said: string): string {
  return said.replace(/\s+/g, "");
}

function expectAllowed(node: MarkdownNode): void {
  switch (node.type) {
    case "text":
    case "code":
      expect(Object.keys(node).sort()).toEqual(["type", "value"]);
      expect(typeof node.value).toBe("string");
      return;
    case "break":
      expect(Object.keys(node)).toEqual(["type"]);
      return;
    case "link":
      expect(Object.keys(node).sort()).toEqual(["children", "type", "url"]);
      expect(safeUrl(node.url)).toBe(node.url);
      expect(node.children.length).toBeGreaterThan(0);
      node.children.forEach(expectAllowed);
      return;
    case "strong":
    case "emphasis":
      expect(Object.keys(node).sort()).toEqual(["children", "type"]);
      node.children.forEach(expectAllowed);
      return;
    default:
      expect.unreachable(`a node of type ${JSON.stringify(node)}`);
  }
}

function expectMerged(nodes: readonly MarkdownNode[]): void {
  nodes.forEach((node, index) => {
    if (node.type === "text") {
      expect(node.value).not.toBe("");
      expect(nodes[index + 1]?.type).not.toBe("text");
    }
    if ("children" in node) expectMerged(node.children);
  });
}
