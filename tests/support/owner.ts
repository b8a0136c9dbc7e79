import { z } from "zod";
import type { Role } from "@/core/roles";
import { mustCall } from "./api";

/** The first owner of an installation that a test started. */
export const OWNER = { email: "owner@example.com", password: "correct horse battery staple" };

/** Makes the owner at start, instead of by the set-up link. */
export const OWNER_ENV = {
  LOUDHAILER_ADMIN_EMAIL: OWNER.email,
  LOUDHAILER_ADMIN_PASSWORD: OWNER.password,
};

/** Signs in; returns what goes into a `Cookie` header, good on every replica. */
export async function signIn(url: string, credentials = OWNER): Promise<string> {
  const answer = await mustCall(url, "POST", "/api/auth/sign-in/email", {
    body: credentials,
    headers: { origin: url },
  });
  const cookies = answer.headers.getSetCookie().map((line) => line.split(";")[0]);
  if (cookies.length === 0) throw new Error("Signing in set no cookie.");
  return cookies.join("; ");
}

/** A new API key with the rights of `role`; returns the key itself. */
export async function createApiKey(
  url: string,
  cookie: string,
  role: Exclude<Role, "owner">,
): Promise<string> {
  const answer = await mustCall(url, "POST", "/api/v1/api-keys", {
    cookie,
    body: { name: `A ${role}'s key`, role },
  });
  return z.object({ key: z.string() }).parse(answer.json).key;
}

const secrets = z.object({ tokenSecrets: z.array(z.object({ secret: z.string() })) });

/** What the user tokens of the default workspace are signed with. */
export async function tokenSecretOf(url: string, cookie: string): Promise<string> {
  const { json } = await mustCall(url, "GET", "/api/v1/token-secrets", { cookie });
  const [newest] = secrets.parse(json).tokenSecrets;
  if (!newest) throw new Error("The workspace has no token secret.");
  return newest.secret;
}
