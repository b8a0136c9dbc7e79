import { testBroadcast } from "@/lib/http/routes/broadcasts";
import { serve } from "@/lib/http/serve";

export const POST = serve(testBroadcast);
