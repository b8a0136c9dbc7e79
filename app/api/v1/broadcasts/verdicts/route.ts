import { verdictsOnViewer } from "@/lib/http/routes/broadcast-figures";
import { serve } from "@/lib/http/serve";

export const POST = serve(verdictsOnViewer);
