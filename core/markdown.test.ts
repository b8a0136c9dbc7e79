import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "./limits";
import { plainText, safeUrl } from "./markdown";

describe("safeUrl", () => {
  test.each([
    ["https://example.com", "https://example.com/"],
    ["https://example.com/a?b=c#d", "https://example.com/a?b=c#d"],
    ["HTTPS://EXAMPLE.com/A", "https://example.com/A"],
    ["http://localhost:3000/x", "http://localhost:3000/x"],
    ["https://exämple.com/ü", "https://xn--exmple-cua.com/%C3%BC"],
    ["https://example.com/\u202egpj.exe", "https://example.com/%E2%80%AEgpj.exe"],
    ["mailto:help@example.com", "mailto:help@example.com"],
    ["MailTo:help@example.com?subject=Hi", "mailto:help@example.com?subject=Hi"],
    ["/", "/"],
    ["/pricing", "/pricing"],
    ["/a/../b?c#d", "/b?c#d"],
    ["/redirect?to=//evil.test", "/redirect?to=//evil.test"],
    ["/a//b", "/a//b"],
  ])("[BC4] %s may be followed", (url, normal) => {
    expect(safeUrl(url)).toBe(normal);
  });

  test.each([
    ["nothing", ""],
    ["a script", "javascript:alert(1)"],
    ["a script in capitals", "JaVaScRiPt:alert(1)"],
    ["a script behind white space", " javascript:alert(1)"],
    ["a script with a tab inside", "java\tscript:alert(1)"],
    ["a script behind a control", "\u0001javascript:alert(1)"],
    ["a script that is a URL too", "javascript://example.com/%0aalert(1)"],
    ["data", "data:text/html,<script>alert(1)</script>"],
    ["a blob", "blob:https://example.com/1"],
    ["another scheme", "ftp://example.com"],
    ["a file", "file:///etc/passwd"],
    ["a view of a source", "view-source:https://example.com"],
    ["another host", "//evil.test"],
    ["another host by backslash", "/\\evil.test"],
    ["another host by backslashes", "\\\\evil.test"],
    ["another host by tab", "/\t/evil.test"],
    ["another host by line feed", "/\n/evil.test"],
    ["another host once it is normal", "/.//evil.test"],
    ["another host once it is normal, climbing", "/a/..//evil.test"],
    ["another host once it is normal, by backslash", "/.\\\\evil.test"],
    ["another host once it is normal, encoded", "/%2e//evil.test"],
    ["a scheme without slashes", "https:evil.test"],
    ["a scheme with one slash", "https:/evil.test"],
    ["a scheme with three slashes", "https:///evil.test"],
    ["credentials", "https://bank.example:x@evil.test"],
    ["a user name", "https://bank.example@evil.test"],
    ["a space inside", "https://example.com/a b"],
    ["a no-break space", "https://example.com/\u00a0"],
    ["a byte order mark", "\ufeffhttps://example.com"],
    ["a relative path", "pricing"],
    ["a fragment", "#top"],
    ["a query", "?a=b"],
    ["an empty host", "https://"],
    ["an impossible port", "https://example.com:99999"],
    ["an empty mailbox", "mailto:"],
    ["a mailbox that is empty once it is normal", "mailto:/.."],
    ["too much", `/${"a".repeat(LIMITS.urlChars)}`],
    ["too much once it is normal", `/${"ü".repeat(LIMITS.urlChars - 1)}`],
  ])("[BC4] %s may not be followed", (_, url) => {
    expect(safeUrl(url)).toBeNull();
  });

  const parts = fc.constantFrom(
    ..."/ \\ . .. : @ ? # % %2f %5c %09 & = [ ] \t \n \u0000 \u00a0 a evil.test".split(" "),
    ...["https:", "http:", "mailto:", "javascript:", "data:", "ü", "\ud800", "\u202e"],
  );
  const urls = fc.oneof(
    fc.array(parts, { maxLength: 10 }).map((list) => list.join("")),
    fc.string({ unit: "binary" }),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
  );

  test("[BC4] what is returned stays on the site, or is https, http or mailto", () => {
    fc.assert(
      fc.property(urls, (url) => {
        const safe = safeUrl(url);
        if (safe === null) return;
        const followed = new URL(safe, "https://host.example/page");
        expect(["https:", "http:", "mailto:"]).toContain(followed.protocol);
        if (safe.startsWith("/")) expect(followed.origin).toBe("https://host.example");
        expect(followed.username + followed.password).toBe("");
      }),
      { numRuns: 10_000 },
    );
  });

  test("[BC4] what is returned is returned again", () => {
    fc.assert(
      fc.property(urls, (url) => {
        const safe = safeUrl(url);
        if (safe !== null) expect(safeUrl(safe)).toBe(safe);
      }),
      { numRuns: 10_000 },
    );
  });
});

test("[BC4] plainText keeps what is said and drops how", () => {
  expect(
    plainText([
      { type: "text", value: "a " },
      {
        type: "strong",
        children: [{ type: "emphasis", children: [{ type: "text", value: "b" }] }],
      },
      { type: "break" },
      { type: "link", url: "/c", children: [{ type: "code", value: "c" }] },
    ]),
  ).toBe("a b\nc");
});
