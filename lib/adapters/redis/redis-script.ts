import { createHash } from "node:crypto";

/** A Lua script. All keys that it touches share the hash tag of its one declared key. */
export interface RedisScript {
  readonly lua: string;
  readonly sha: string;
}

export function defineScript(lua: string): RedisScript {
  return { lua, sha: createHash("sha1").update(lua).digest("hex") };
}
