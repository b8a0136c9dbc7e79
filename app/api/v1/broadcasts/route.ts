import { createBroadcast, listBroadcasts } from "@/lib/http/routes/broadcasts";
import { serve } from "@/lib/http/serve";

export const GET = serve(listBroadcasts);
export const POST = serve(createBroadcast);
