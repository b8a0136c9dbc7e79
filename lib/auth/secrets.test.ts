import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  checkSecretFingerprint,
  deriveKey,
  loadOrCreateSecret,
  seal,
  secretFingerprint,
  setupToken,
  unseal,
} from "./secrets";

const SECRET = "a secret of the tests, long enough to be one";
const OTHER = "another secret of the tests, also long enough";

describe("keys", () => {
  test("differ by purpose and by secret, and are the same on every replica", () => {
    expect(deriveKey(SECRET, "seal")).toEqual(deriveKey(SECRET, "seal"));
    expect(deriveKey(SECRET, "seal")).not.toEqual(deriveKey(SECRET, "session-token"));
    expect(deriveKey(SECRET, "seal")).not.toEqual(deriveKey(OTHER, "seal"));
    expect(deriveKey(SECRET, "seal")).toHaveLength(32);
  });

  test("[SEC2] the set-up token is the same on every replica and another one elsewhere", () => {
    expect(setupToken(SECRET)).toBe(setupToken(SECRET));
    expect(setupToken(SECRET)).not.toBe(setupToken(OTHER));
    expect(setupToken(SECRET)).toMatch(/^[\w-]{43}$/);
  });
});

describe("sealing", () => {
  test("gives back what was sealed, under the same secret only", () => {
    const sealed = seal(SECRET, "plain text, ünïcode");
    expect(sealed).not.toContain("plain");
    expect(unseal(SECRET, sealed)).toBe("plain text, ünïcode");
    expect(() => unseal(OTHER, sealed)).toThrow();
  });

  test("never gives the same twice", () => {
    expect(seal(SECRET, "same")).not.toBe(seal(SECRET, "same"));
  });

  test.each([
    ["a changed byte", (sealed: string) => `${sealed.slice(0, -3)}AAA`],
    ["a cut end", (sealed: string) => sealed.slice(0, 24)],
    ["nothing", () => ""],
    ["a later version", (sealed: string) => sealed.replace("v1", "v2")],
  ])("refuses %s", (_, damage) => {
    expect(() => unseal(SECRET, damage(seal(SECRET, "plain")))).toThrow();
  });
});

describe("[SEC9] the fingerprint", () => {
  function installation() {
    let kept: string | null = null;
    return {
      claimSecretFingerprint: async (fingerprint: string) => {
        kept ??= fingerprint;
        return kept;
      },
    };
  }

  test("lets in replicas with the same secret and refuses another one, naming the variable", async () => {
    const identity = installation();
    await checkSecretFingerprint(identity, SECRET);
    await checkSecretFingerprint(identity, SECRET);
    await expect(checkSecretFingerprint(identity, OTHER)).rejects.toThrow(/AUTH_SECRET/);
  });

  test("does not reveal the secret", () => {
    expect(secretFingerprint(SECRET)).not.toContain(SECRET.slice(0, 6));
  });
});

describe("a generated secret", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "lh-secret-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("[DEG1] is made once, also by ten processes that start together", async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => loadOrCreateSecret(folder)));
    expect(new Set(made).size).toBe(1);
    expect(await loadOrCreateSecret(folder)).toBe(made[0]);
    expect(await readdir(folder)).toEqual(["auth-secret"]);
  });

  test("can be read by its owner only", async () => {
    await loadOrCreateSecret(folder);
    expect((await stat(join(folder, "auth-secret"))).mode & 0o777).toBe(0o600);
    expect((await readFile(join(folder, "auth-secret"), "utf8")).trim().length).toBeGreaterThan(32);
  });

  test("makes the folder where there is none", async () => {
    expect(await loadOrCreateSecret(join(folder, "a", "b"))).toMatch(/^[\w-]{64}$/);
  });

  test("is never replaced when its file is damaged", async () => {
    await writeFile(join(folder, "auth-secret"), "");
    await expect(loadOrCreateSecret(folder)).rejects.toThrow(/auth-secret holds no secret/);
  });
});
