import { ADDRESS_HEADER } from "@/lib/http/address";
import { runtime } from "@/lib/runtime-context";

/** Sign-in of dashboard people: better-auth's own paths. */
function answer(request: Request): Promise<Response> {
  const address = request.headers.get(ADDRESS_HEADER) ?? "unknown";
  return runtime().auth.handler(request, { address });
}

export const GET = answer;
export const POST = answer;
