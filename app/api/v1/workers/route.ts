import { listWorkersRoute } from "@/lib/http/routes/sessions";
import { serve } from "@/lib/http/serve";

export const GET = serve(listWorkersRoute);
