import { clearRoute } from "@/lib/http/routes/fixed";
import { serve } from "@/lib/http/serve";

export const POST = serve(clearRoute);
