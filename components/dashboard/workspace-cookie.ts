/** Remembers which workspace a person with several was last in: its slug. Grants nothing. */
export const WORKSPACE_COOKIE = "loudhailer.workspace";
