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
 * Who sees the banners: a user, a dashboard person, or a visitor who was here before.
 * @throws AppError `forbidden` for an API key, `unauthenticated`
 */
export function requireRecipient(caller: Caller): RecipientCaller | MemberCaller {
  switch (caller.kind) {
    case "member":
    case "recipient":
      return caller;
    case "key":
      throw new AppError("forbidden", "An API key sees no banners: call with a user's token.");
    case "nobody":
      throw new AppError("unauthenticated", "Send a user's token or a session token.");
  }
}

/**
 * The same, or a visitor who was never here before, where the workspace admits such.
 * @param locale the visitor's, if the request says it
 */
export function recipientOrNewcomer(
  caller: Caller,
  locale: string | null,
): RecipientCaller | MemberCaller {
  const { workspace } = caller;
  if (caller.kind !== "nobody" || !workspace.settings.anonymousAllowed) {
    return requireRecipient(caller);
  }
  return runtime().authenticator.newAnonymous(workspace, locale);
}
