import { makeWorkspaceRoute } from "@/lib/http/routes/people";
import { serve } from "@/lib/http/serve";

export const POST = serve(makeWorkspaceRoute);
