import type { TraitValue } from "./traits";

/** Everything about a recipient that decides what it sees. From signed sources only ([AUD2]). */
export interface Viewer {
  /** `user:<sub>`, `team:<user id>` or `anon:<uuid>`: unique within the workspace. */
  recipient: string;
  kind: "user" | "team" | "anonymous";
  /** `sub`, dashboard user id, or anonymous uuid. */
  subject: string;
  name: string | null;
  roles: readonly string[];
  traits: Readonly<Record<string, TraitValue>>;
  locale: string | null;
}
