import { z } from "zod";
import { audienceSchema, storedAudience } from "@/core/api/audience";
import { broadcastView } from "@/core/api/broadcast-view";
import { broadcastFields, broadcastPatch, publishInput } from "@/core/api/broadcasts";
import { deliveryView } from "@/core/api/delivery-view";
import { fixedError, problemDetails } from "@/core/api/errors";
import { wireBroadcast } from "@/core/api/fixed";
import { auditEntryView, recipientView, revisionView } from "@/core/api/history-view";
import { apiKeyView, invitationView, memberView } from "@/core/api/people-view";
import { sessionView } from "@/core/api/session-view";
import { traitValue } from "@/core/api/trait-value";

/**
 * What the document calls the schemas that it says once and refers to. Kept here, not on the
 * schemas themselves, which are also used where nothing can be referred to.
 */
const NAMES = new Map<z.core.$ZodType, string>([
  [audienceSchema, "Audience"],
  [storedAudience, "StoredAudience"],
  [traitValue, "TraitValue"],
  [broadcastView, "Broadcast"],
  [broadcastFields, "BroadcastInput"],
  [publishInput, "PublishInput"],
  [broadcastPatch, "BroadcastPatch"],
  [deliveryView, "Delivery"],
  [wireBroadcast, "Banner"],
  [sessionView, "Session"],
  [memberView, "Member"],
  [invitationView, "Invitation"],
  [apiKeyView, "ApiKey"],
  [auditEntryView, "AuditEntry"],
  [revisionView, "Revision"],
  [recipientView, "RecipientReceipts"],
  [problemDetails, "Problem"],
  [fixedError, "FixedError"],
]);

/** Zod's registry with these names beside its descriptions. */
class NamingRegistry extends z.core.$ZodRegistry<z.core.GlobalMeta> {
  override get<S extends z.core.$ZodType>(schema: S) {
    const id = NAMES.get(schema);
    const meta = z.globalRegistry.get(schema);
    return id === undefined ? meta : { ...meta, id };
  }
}

export const namingRegistry = new NamingRegistry();
