import { editBroadcast, readBroadcast } from "@/lib/http/routes/broadcasts";
import { serve } from "@/lib/http/serve";

export const GET = serve(readBroadcast);
export const PATCH = serve(editBroadcast);
