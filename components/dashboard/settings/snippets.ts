export const SNIPPET_KINDS = [
  { value: "script", label: "Any page" },
  { value: "react", label: "React" },
  { value: "token", label: "User token" },
] as const;

export type SnippetKind = (typeof SNIPPET_KINDS)[number]["value"];

/** Code to paste, and what it does. @param origin where this installation is reached */
export function snippet(
  kind: SnippetKind,
  origin: string,
  workspace: string,
): { code: string; words: string } {
  switch (kind) {
    case "script":
      return {
        words:
          'Anywhere in the page. The banner stands at its top; with data-look="card" in a corner, with data-look="none" wherever the page has a <loudhailer-banner> element.',
        code: `<script src="${origin}/embed.js" data-workspace="${workspace}" async></script>`,
      };
    case "react":
      return {
        words:
          "Around your application. The components are components/banner, with client and core, of this server's repository.",
        code: `import { BroadcastBanner, LoudhailerProvider } from "@/components/banner";

<LoudhailerProvider options={{ url: "${origin}", workspace: "${workspace}", getToken }}>
  <BroadcastBanner />
  <App />
</LoudhailerProvider>`,
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
