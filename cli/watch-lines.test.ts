import { expect, test } from "vitest";
import { describeFrame } from "./watch-lines";

const broadcast = {
  id: "b1",
  revision: 1,
  title: "Maintenance",
  message: "Back at\u001b[2J 14:00",
  type: "warning",
  created_by: "Ada",
  action: { label: "Status", url: "/status" },
};

test("§ 9: a banner is one line that says what it is", () => {
  expect(describeFrame({ type: "new_broadcast", broadcast })).toBe(
    "new      b1 warning Maintenance: Back at [2J 14:00 [Status: /status] (by Ada)",
  );
});

test("[SEC6] what somebody wrote cannot steer the terminal", () => {
  const line = describeFrame({ type: "error", code: "x", message: "\u001b]0;title\u0007" });
  expect(line).not.toMatch(/\p{Cc}/u);
});

test("§ 6: frames of a newer server are ignored", () => {
  expect(describeFrame({ type: "fireworks" })).toBeNull();
  expect(describeFrame(null)).toBeNull();
});
