import { readDocument } from "@/lib/http/routes/document";
import { serve } from "@/lib/http/serve";

export const GET = serve(readDocument);
