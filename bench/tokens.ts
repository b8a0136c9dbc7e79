import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TOKEN_SUBPROTOCOL } from "@/core/protocol";
import { signUserToken } from "@/lib/auth/user-token";
import type { Loudhailer } from "./loudhailer";

interface Claims {
  roles?: string[];
  traits?: Record<string, string | number>;
  locale?: string;
}

/** Signs a token for each of so many users; the file that the load client reads them from. */
export async function userTokens(
  { tokenSecret }: Loudhailer,
  folder: string,
  count: number,
  claimsOf: (n: number) => Claims = () => ({}),
): Promise<string> {
  const lines: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const claims = { sub: `user-${n}`, name: `User ${n}`, expiresInS: 86_400, ...claimsOf(n) };
    lines.push(TOKEN_SUBPROTOCOL + (await signUserToken(tokenSecret, claims)));
  }
  const file = join(folder, `tokens-${count}-${lines[0]?.length ?? 0}.txt`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}
