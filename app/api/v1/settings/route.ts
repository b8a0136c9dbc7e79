import { patchSettings, readSettings } from "@/lib/http/routes/workspace";
import { serve } from "@/lib/http/serve";

export const GET = serve(readSettings);
export const PATCH = serve(patchSettings);
