import { inviteMemberRoute, listInvitationsRoute } from "@/lib/http/routes/people";
import { serve } from "@/lib/http/serve";

export const GET = serve(listInvitationsRoute);
export const POST = serve(inviteMemberRoute);
