/** `user:u1` → `User`: what kind of recipient it is. */
export function recipientKind(recipient: string): string {
  const kind = recipient.slice(0, recipient.indexOf(":"));
  return { user: "User", team: "Team", anon: "Anonymous" }[kind] ?? "Unknown";
}
