import { changeRoleRoute, removeMemberRoute } from "@/lib/http/routes/people";
import { serve } from "@/lib/http/serve";

export const PATCH = serve(changeRoleRoute);
export const DELETE = serve(removeMemberRoute);
