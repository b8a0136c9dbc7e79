import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "@/scripts/run";
import { mustCall } from "@/tests/support/api";
import { OWNER_ENV, signIn, tokenSecretOf } from "@/tests/support/owner";
import { type Replica, startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";
import { findProgram, findPython, requireTools } from "@/tests/support/tools";

const USER = { id: "u-1", roles: ["editor"], plan: "pro" };

let replica: Replica;
let secret: string;

beforeAll(async () => {
  replica = await startReplica({ env: OWNER_ENV });
  const cookie = await signIn(replica.url);
  secret = await tokenSecretOf(replica.url, cookie);
  await mustCall(replica.url, "POST", "/api/creator/broadcast", {
    cookie,
    body: {
      message: "For editors on the pro plan",
      audience: { roles: ["editor"], traits: [{ trait: "plan", op: "is", value: "pro" }] },
    },
  });
});

afterAll(() => replica?.stop());

/** The code of docs/embedding.md in this language, as a reader would copy it. */
function snippet(language: string): string {
  const page = readFileSync(join(ROOT, "docs/embedding.md"), "utf8");
  const code = page.split(`\`\`\`${language}\n`)[1]?.split("\n```")[0];
  if (!code) throw new Error(`docs/embedding.md has nothing in ${language}.`);
  return code;
}

function inNode(): string {
  const call = `console.log(loudhailerToken(${JSON.stringify(USER)}, process.argv[1]))`;
  return execFileSync(
    process.execPath,
    ["--input-type=module", "--eval", `${snippet("js")}\n${call}`, secret],
    { encoding: "utf8" },
  );
}

function inPython(): string {
  requireTools(["python"]);
  const call = `import sys; print(loudhailer_token(json.loads(sys.argv[1]), sys.argv[2]))`;
  return execFileSync(
    findPython() ?? "python3",
    ["-c", `${snippet("python")}\n${call}`, JSON.stringify(USER), secret],
    { encoding: "utf8" },
  );
}

function inPhp(php: string): string {
  const call = "echo loudhailer_token(json_decode($argv[1], true), $argv[2]);";
  const args = ["-r", `${snippet("php")}\n${call}`, "--", JSON.stringify(USER), secret];
  return execFileSync(php, args, { encoding: "utf8" });
}

function inRuby(ruby: string): string {
  const call = "print loudhailer_token(JSON.parse(ARGV[0], symbolize_names: true), ARGV[1])";
  const args = ["-e", `${snippet("ruby")}\n${call}`, JSON.stringify(USER), secret];
  return execFileSync(ruby, args, { encoding: "utf8" });
}

const GO_AROUND = `package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

func main() {
	token, err := loudhailerToken(os.Args[1], os.Args[2], []string{os.Args[3]}, os.Args[4])
	if err != nil {
		panic(err)
	}
	fmt.Print(token)
}
`;

function inGo(go: string): string {
  const folder = mkdtempSync(join(tmpdir(), "loudhailer-go-"));
  const file = join(folder, "main.go");
  writeFileSync(file, `${GO_AROUND}\n${snippet("go")}`);
  const { id, plan, roles } = USER;
  try {
    return execFileSync(go, ["run", file, id, plan, roles.join(), secret], { encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Languages that the product itself has no use for: run where they are at hand. */
const OTHERS = (
  [
    ["PHP", "php", inPhp],
    ["Ruby", "ruby", inRuby],
    ["Go", "go", inGo],
  ] as const
).flatMap(([language, program, sign]): [string, () => string][] => {
  const path = findProgram([program]);
  return path === null ? [] : [[language, () => sign(path)]];
});

test.each<[string, () => string]>([["Node.js", inNode], ["Python", inPython], ...OTHERS])(
  "§ 6: a token signed as docs/embedding.md does in %s is a user with roles and traits",
  async (_, sign) => {
    const client = await SocketClient.open(replica.url, { token: sign().trim() });
    expect((await client.waitFor("connected")).user_id).toBe(USER.id);
    const { broadcast } = await client.waitFor("active_broadcast");
    expect(broadcast.message).toBe("For editors on the pro plan");
    await client.close();
  },
);
