import { preflight } from "@/lib/http/cors";
import { acknowledgeRoute } from "@/lib/http/routes/fixed";
import { serve } from "@/lib/http/serve";

export const POST = serve(acknowledgeRoute);
export const OPTIONS = preflight;
