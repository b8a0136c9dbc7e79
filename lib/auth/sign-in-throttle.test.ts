import { expect, test } from "vitest";
import { createSignInThrottle } from "./sign-in-throttle";

async function fail(times: number, attempt: () => Promise<void>): Promise<void> {
  for (let index = 0; index < times; index += 1) await attempt();
}

test("[SEC3] an account is closed to an address after its sign-ins have failed", async () => {
  const throttle = createSignInThrottle(3);
  await fail(3, () => throttle.attempt("10.0.0.1", "ada@example.com"));
  await expect(throttle.attempt("10.0.0.1", "ada@example.com")).rejects.toMatchObject({
    code: "too_many",
    message: expect.stringMatching(/^Too many sign-ins\. Try again in 10 minutes\.$/),
    retryAfterS: expect.toSatisfy((seconds: number) => seconds > 590 && seconds <= 600),
  });
});

test("[SEC3] in other letters it is the same account", async () => {
  const throttle = createSignInThrottle(1);
  await throttle.attempt("10.0.0.1", "ada@example.com");
  await expect(throttle.attempt("10.0.0.1", "ADA@example.com")).rejects.toMatchObject({
    code: "too_many",
  });
});

test("[SEC3] others are not locked out: another address, another account", async () => {
  const throttle = createSignInThrottle(1);
  await throttle.attempt("10.0.0.1", "ada@example.com");
  await throttle.attempt("10.0.0.2", "ada@example.com");
  await throttle.attempt("10.0.0.1", "bob@example.com");
});

test("[SEC3] one address cannot try one password on any number of accounts", async () => {
  const throttle = createSignInThrottle(2);
  let account = 0;
  await fail(20, () => throttle.attempt("10.0.0.1", `user${account++}@example.com`));
  await expect(throttle.attempt("10.0.0.1", "last@example.com")).rejects.toMatchObject({
    code: "too_many",
  });
});

test("[SEC3] who knows the password may sign in any number of times", async () => {
  const throttle = createSignInThrottle(2);
  for (let index = 0; index < 50; index += 1) {
    await throttle.attempt("10.0.0.1", "ada@example.com");
    await throttle.succeeded("10.0.0.1", "ada@example.com");
  }
});

test("[SEC5] 0 switches the limit off", async () => {
  const throttle = createSignInThrottle(0);
  await fail(1000, () => throttle.attempt("10.0.0.1", "ada@example.com"));
});
