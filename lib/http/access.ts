import { AppError } from "@/core/errors";
import type { Caller, MemberCaller, RecipientCaller, ServiceContext } from "../context";
import { runtime } from "../runtime-context";

/** @throws AppError `unauthenticated`, `forbidden` unless the caller is of the dashboard */
export function requirePeople(caller: Caller): ServiceContext {
  switch (caller.kind) {
    case "member":
    case "key":
      return { workspace: caller.workspace, actor: caller.actor };
    case "recipient":
      throw new AppError("forbidden", "Only dashboard people and API keys may do this.");
    case "nobody":
      throw new AppError("unauthenticated", "Sign in to the dashboard, or send an API key.");
  }
}

/**
 * Who sees the banners: a user, a dashboard person, a known visitor, or a new one.
 * @throws AppError `forbidden` for an API key, `unauthenticated` where visitors must sign in
 */
export function requireRecipient(caller: Caller, url: URL): RecipientCaller | MemberCaller {
  switch (caller.kind) {
    case "member":
    case "recipient":
      return caller;
    case "key":
      throw new AppError("forbidden", "An API key sees no banners: call with a user's token.");
    case "nobody":
      if (!caller.workspace.settings.anonymousAllowed) {
        throw new AppError("unauthenticated", "This workspace admits signed-in users only.");
      }
      return runtime().authenticator.newAnonymous(caller.workspace, url.searchParams.get("locale"));
  }
}
