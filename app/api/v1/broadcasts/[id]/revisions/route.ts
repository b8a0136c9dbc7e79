import { listRevisions } from "@/lib/http/routes/broadcast-figures";
import { serve } from "@/lib/http/serve";

export const GET = serve(listRevisions);
