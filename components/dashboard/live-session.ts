const KEY = "loudhailer.dashboard.session.";

/** The session token of this browser's live figures; null where storage has none, or throws. */
export function rememberedSession(workspace: string): string | null {
  try {
    return localStorage.getItem(KEY + workspace);
  } catch {
    return null;
  }
}

export function rememberSession(workspace: string, token: string): void {
  try {
    localStorage.setItem(KEY + workspace, token);
  } catch {
    // Private windows refuse: the next load begins another session.
  }
}
