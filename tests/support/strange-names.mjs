// Preloaded into a server: names that are not what they seem. `rebind.test` is somebody else's
// address when it is first asked for (4000::/3 is nobody's), and this machine's ever after.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

const LOOPBACK = { address: "127.0.0.1", family: 4 };
const NOWHERE = { address: "4000::1", family: 6 };
const NAMES = {
  "private.test": () => [LOOPBACK],
  "mixed.test": () => [NOWHERE, LOOPBACK],
  "mapped.test": () => [{ address: "::ffff:127.0.0.1", family: 6 }],
  "metadata.test": () => [{ address: "169.254.169.254", family: 4 }],
  "rebind.test": (asked) => [asked === 1 ? NOWHERE : LOOPBACK],
};
const asked = {};
const real = dns.lookup;

dns.lookup = (name, options, callback) => {
  const answer = NAMES[name];
  if (!answer) return real(name, options, callback);
  asked[name] = (asked[name] ?? 0) + 1;
  const found = answer(asked[name]);
  const done = typeof options === "function" ? options : callback;
  if (options.all) process.nextTick(done, null, found);
  else process.nextTick(done, null, found[0].address, found[0].family);
};
syncBuiltinESMExports();
