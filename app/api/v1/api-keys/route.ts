import { createApiKeyRoute, listApiKeysRoute } from "@/lib/http/routes/people";
import { serve } from "@/lib/http/serve";

export const GET = serve(listApiKeysRoute);
export const POST = serve(createApiKeyRoute);
