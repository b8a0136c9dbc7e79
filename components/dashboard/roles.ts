import type { Role } from "@/core/roles";

/** Roles in words. */
export const ROLE_LABELS: Record<Role, { label: string; can: string }> = {
  viewer: { label: "Viewer", can: "Reads broadcasts and figures" },
  author: { label: "Author", can: "Writes drafts and tests them on their own screens" },
  publisher: { label: "Publisher", can: "Publishes, edits and clears broadcasts" },
  admin: { label: "Admin", can: "Also manages people, API keys and settings" },
  owner: { label: "Owner", can: "Everything, secrets included" },
};
