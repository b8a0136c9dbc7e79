import { preflight } from "@/lib/http/cors";
import { readInbox } from "@/lib/http/routes/sessions";
import { serve } from "@/lib/http/serve";

export const GET = serve(readInbox);
export const OPTIONS = preflight;
