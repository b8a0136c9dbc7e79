import type { Viewer } from "@/core/audience";
import type { Role } from "@/core/roles";
import type { WorkspaceInfo } from "./ports/broadcast-store";

/** Who changes something: a dashboard person, an API key, or the server itself. */
export interface Actor {
  kind: "user" | "key" | "system";
  id: string;
  name: string;
  role: Role;
  /** Where the call came from; null for the server itself. */
  address: string | null;
}

/** Who a request or a socket is from, and in which workspace. */
export type Caller =
  | { kind: "member"; workspace: WorkspaceInfo; actor: Actor; viewer: Viewer; loginId: string }
  | { kind: "key"; workspace: WorkspaceInfo; actor: Actor }
  | {
      kind: "recipient";
      workspace: WorkspaceInfo;
      viewer: Viewer;
      /** Of the session token, when there was one and it is this recipient's. */
      sessionId: string | null;
      /** When the user token expires, ms; null = it does not (session token, anonymous). */
      expiresAt: number | null;
      /** This anonymous visitor has signed in: its dismissals move to `viewer`. */
      mergeFrom: string | null;
    }
  | { kind: "nobody"; workspace: WorkspaceInfo };

/** What every service verb is given: `verb(ctx, input)`. */
export interface ServiceContext {
  workspace: WorkspaceInfo;
  actor: Actor;
}
