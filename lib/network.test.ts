import { expect, test } from "vitest";
import { networkOf } from "./network";

test("[SEC5] all addresses of one IPv6 network count as one", () => {
  const one = networkOf("2001:db8:1:2::1");
  expect(networkOf("2001:db8:1:2:ffff:ffff:ffff:ffff")).toBe(one);
  expect(networkOf("2001:0DB8:0001:0002::abcd%eth0")).toBe(one);
  expect(networkOf("2001:db8:1:3::1")).not.toBe(one);
});

test("an IPv4 address is its own network, however it is written", () => {
  expect(networkOf("192.0.2.1")).toBe("192.0.2.1");
  expect(networkOf("::ffff:192.0.2.1")).toBe("192.0.2.1");
});

test("what is no address stays what it is", () => {
  for (const text of ["", "unknown", "a:b", "::1::"]) expect(networkOf(text)).toBe(text);
});
