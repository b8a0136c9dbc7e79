import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { ADDRESS_HEADER } from "@/lib/http/address";
import { settleForRoutes, settleForwarded } from "./forwarded";

function requestWith(headers: Record<string, string>): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: "::ffff:10.0.0.1" });
  return Object.assign(new IncomingMessage(socket), { headers });
}

test("without a proxy nothing that a client says of its address is left", () => {
  const request = requestWith({ "x-forwarded-for": "10.9.9.9", [ADDRESS_HEADER]: "10.9.9.9" });
  expect(settleForwarded(request, 0)).toBe("10.0.0.1");
  expect(request.headers).toEqual({});
});

test("behind a proxy what it appended counts, and what stands left of that does not", () => {
  const forwarded = "10.9.9.9, 10.0.0.7";
  const request = requestWith({ "x-forwarded-for": forwarded, [ADDRESS_HEADER]: "10.9.9.9" });
  expect(settleForwarded(request, 1)).toBe("10.0.0.7");
  expect(request.headers).toEqual({ "x-forwarded-for": forwarded });
});

test("routes are told the address, whatever a client wrote in its place", () => {
  const request = requestWith({ [ADDRESS_HEADER]: "10.9.9.9" });
  expect(settleForRoutes(request, 0)).toBe("10.0.0.1");
  expect(request.headers).toEqual({ [ADDRESS_HEADER]: "10.0.0.1" });
});
