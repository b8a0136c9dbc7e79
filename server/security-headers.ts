import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ownOrigin } from "@/lib/auth/origin";
import type { Env } from "@/lib/env";

/** Next and the layout read the nonce of their scripts from the request's own header of this name. */
const POLICY_HEADER = "content-security-policy";
const NONCE_BYTES = 18;
const HALF_A_YEAR_S = 180 * 24 * 3600;

/** Programs read it, nobody looks at it: nothing may load, run or be framed from it. */
const DATA_POLICY =
  "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/** What no page of ours asks for, so no script that got in may either. */
const PERMISSIONS = [
  "accelerometer",
  "camera",
  "display-capture",
  "geolocation",
  "gyroscope",
  "hid",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "serial",
  "usb",
];

/**
 * [SEC7] What browsers are told about every answer. Pages run scripts of this origin that carry
 * the request's nonce or come as files, never inline ones; nobody may frame them, and addresses
 * are told to no other site. A route may still say something stricter of its own.
 */
export function setSecurityHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  env: Env,
): void {
  const policy = path.startsWith("/api/") ? DATA_POLICY : pagePolicy(request, env);
  // Whatever a client sent by this name is gone: the nonce must be ours.
  request.headers[POLICY_HEADER] = policy;
  response.setHeader("Content-Security-Policy", policy);
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("X-Frame-Options", "DENY");
  response.setHeader("Referrer-Policy", "same-origin");
  response.setHeader("Permissions-Policy", PERMISSIONS.map((name) => `${name}=()`).join(", "));
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  if (env.mode === "production" && env.publicUrl?.startsWith("https:")) {
    response.setHeader("Strict-Transport-Security", `max-age=${HALF_A_YEAR_S}`);
  }
}

function pagePolicy(request: IncomingMessage, env: Env): string {
  const nonce = randomBytes(NONCE_BYTES).toString("base64");
  // React's development build explains errors by way of eval.
  const development = process.env.NODE_ENV === "development" ? " 'unsafe-eval'" : "";
  // Older browsers do not take 'self' for sockets.
  const sockets = ownOrigin(request.headers, env).replace(/^http/, "ws");
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'${development}`,
    "script-src-attr 'none'",
    // Components set sizes and colours on elements; a style cannot run anything.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self' ${sockets}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-src 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
