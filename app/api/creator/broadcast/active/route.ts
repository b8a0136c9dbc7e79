import { preflight } from "@/lib/http/cors";
import { activeRoute } from "@/lib/http/routes/fixed";
import { serve } from "@/lib/http/serve";

export const GET = serve(activeRoute);
export const OPTIONS = preflight;
