import type { Look, Theme } from "@/components/banner";

export const SNIPPET_KINDS = [
  { value: "script", label: "Any page" },
  { value: "react", label: "React" },
  { value: "token", label: "User token" },
] as const;

export type SnippetKind = (typeof SNIPPET_KINDS)[number]["value"];

/** How the banner looks in the pages that the code is pasted into. */
export interface Appearance {
  look: Look;
  theme: Theme;
}

/** Code to paste, and what it does. @param origin where this installation is reached */
export function snippet(
  kind: SnippetKind,
  origin: string,
  workspace: string,
  appearance: Appearance,
): { code: string; words: string } {
  switch (kind) {
    case "script":
      return {
        words:
          'Anywhere in the page. To choose the place yourself, write data-look="none" and put a <loudhailer-banner> element there.',
        code: scriptTag(origin, workspace, appearance),
      };
    case "react":
      return {
        words:
          "Around your application. The package is built with this server, in dist/client of its folder; docs/embedding.md has the rest.",
        code: reactTree(origin, workspace, appearance),
      };
    case "token":
      return {
        words:
          "On your server: who the visitor is, signed with this workspace's secret. Then audiences by role, plan and language work, and dismissals follow people across devices.",
        code: `import { SignJWT } from "jose";

const secret = new TextEncoder().encode(process.env.LOUDHAILER_SECRET);
const token = await new SignJWT({ name: user.name, roles: user.roles, traits: { plan: user.plan } })
  .setProtectedHeader({ alg: "HS256" })
  .setSubject(user.id)
  .setExpirationTime("1h")
  .sign(secret);`,
      };
  }
}

/** What is the default anyway is left out. */
function scriptTag(origin: string, workspace: string, { look, theme }: Appearance): string {
  const attributes = [
    `src="${origin}/embed.js"`,
    `data-workspace="${workspace}"`,
    ...(look === "bar" ? [] : [`data-look="${look}"`]),
    ...(theme === "auto" ? [] : [`data-theme="${theme}"`]),
    "async",
  ];
  return `<script ${attributes.join(" ")}></script>`;
}

function reactTree(origin: string, workspace: string, { look, theme }: Appearance): string {
  const props = [
    ...(look === "bar" ? [] : [` look="${look}"`]),
    ...(theme === "auto" ? [] : [` theme="${theme}"`]),
  ];
  return `import { BroadcastBanner, LoudhailerProvider } from "loudhailer/react";
import "loudhailer/banner.css";

<LoudhailerProvider options={{ url: "${origin}", workspace: "${workspace}", getToken }}>
  <BroadcastBanner${props.join("")} />
  <App />
</LoudhailerProvider>`;
}
