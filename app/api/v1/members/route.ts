import { listMembersRoute } from "@/lib/http/routes/people";
import { serve } from "@/lib/http/serve";

export const GET = serve(listMembersRoute);
