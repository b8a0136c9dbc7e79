import { addTokenSecretRoute, listTokenSecretsRoute } from "@/lib/http/routes/people";
import { serve } from "@/lib/http/serve";

export const GET = serve(listTokenSecretsRoute);
export const POST = serve(addTokenSecretRoute);
