import { deleteWorkspaceRoute } from "@/lib/http/routes/people";
import { serve } from "@/lib/http/serve";

export const DELETE = serve(deleteWorkspaceRoute);
