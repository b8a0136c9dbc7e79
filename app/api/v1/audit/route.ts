import { listAuditRoute } from "@/lib/http/routes/workspace";
import { serve } from "@/lib/http/serve";

export const GET = serve(listAuditRoute);
