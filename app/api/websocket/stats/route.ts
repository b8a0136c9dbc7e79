import { socketStatsRoute } from "@/lib/http/routes/fixed";
import { serve } from "@/lib/http/serve";

export const GET = serve(socketStatsRoute);
