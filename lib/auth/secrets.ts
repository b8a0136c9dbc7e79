import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { link, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@/core/errors";
import type { IdentityStore } from "../ports/identity-store";

/** Everything that AUTH_SECRET is used for has a key of its own. */
export type KeyPurpose = "better-auth" | "fingerprint" | "seal" | "session-token" | "set-up";

const MIN_SECRET_CHARS = 32;
/** In `DATA_DIR`: what an installation that was given no AUTH_SECRET made for itself. */
export const SECRET_FILE = "auth-secret";
const SEAL_VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A 32 byte key for one purpose (HKDF-SHA256). */
export function deriveKey(secret: string, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "loudhailer", purpose, 32));
}

/** Encrypts for storage (AES-256-GCM): `v1.` and base64url of nonce, tag and text. */
export function seal(secret: string, plain: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", deriveKey(secret, "seal"), nonce);
  const text = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  const sealed = Buffer.concat([nonce, cipher.getAuthTag(), text]);
  return `${SEAL_VERSION}.${sealed.toString("base64url")}`;
}

/** @throws when it was sealed under another secret, or changed since */
export function unseal(secret: string, sealed: string): string {
  const [version, body = ""] = sealed.split(".");
  if (version !== SEAL_VERSION) throw new Error("This was not sealed by a version known here.");
  const bytes = Buffer.from(body, "base64url");
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", deriveKey(secret, "seal"), nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const text = bytes.subarray(NONCE_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(text), decipher.final()]).toString("utf8");
}

/** What the verbs need of AUTH_SECRET, without handing it round. */
export interface Vault {
  seal(plain: string): string;
  /** @throws when it was sealed under another secret, or changed since */
  unseal(sealed: string): string;
  /** The one that the set-up link must carry ([SEC2]). */
  readonly setupToken: string;
}

export function createVault(secret: string): Vault {
  return {
    seal: (plain) => seal(secret, plain),
    unseal: (sealed) => unseal(secret, sealed),
    setupToken: setupToken(secret),
  };
}

/** The same on all replicas, so that any of them may print the link. */
export function setupToken(secret: string): string {
  return createHmac("sha256", deriveKey(secret, "set-up"))
    .update("first owner")
    .digest("base64url");
}

/** Tells two secrets apart and says nothing about either. */
export function secretFingerprint(secret: string): string {
  return createHmac("sha256", deriveKey(secret, "fingerprint"))
    .update("loudhailer installation")
    .digest("base64url");
}

/**
 * [SEC9] The first start leaves the secret's fingerprint in the database; a process with another
 * secret must not go on.
 * @throws AppError `conflict`, in words for the operator
 */
export async function checkSecretFingerprint(
  identity: Pick<IdentityStore, "claimSecretFingerprint">,
  secret: string,
): Promise<void> {
  const own = secretFingerprint(secret);
  if ((await identity.claimSecretFingerprint(own)) === own) return;
  throw new AppError(
    "conflict",
    "AUTH_SECRET is not the one that this database was set up with. " +
      "All replicas must share one secret: give this process the same AUTH_SECRET as the others.",
  );
}

/**
 * The secret of an installation that was given none: made once, in `DATA_DIR/auth-secret`,
 * readable by its owner only. Processes that start together end with the same one.
 */
export async function loadOrCreateSecret(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, SECRET_FILE);
  const existing = await readSecret(path);
  if (existing !== null) return existing;
  await createSecret(path);
  const created = await readSecret(path);
  if (created === null) throw new Error(`${path} vanished while it was being made.`);
  return created;
}

/** What `loadOrCreateSecret` made here; null where it never did. */
export function readGeneratedSecret(dataDir: string): Promise<string | null> {
  return readSecret(join(dataDir, SECRET_FILE));
}

async function readSecret(path: string): Promise<string | null> {
  try {
    const secret = (await readFile(path, "utf8")).trim();
    if (secret.length >= MIN_SECRET_CHARS) return secret;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
  throw new Error(`${path} holds no secret of at least ${MIN_SECRET_CHARS} characters.`);
}

/** Written apart, then linked into place: nobody can read half a secret, the first one stays. */
async function createSecret(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  const secret = randomBytes(48).toString("base64url");
  await writeFile(draft, `${secret}\n`, { flag: "wx", mode: 0o600 });
  try {
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    await unlink(draft);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
