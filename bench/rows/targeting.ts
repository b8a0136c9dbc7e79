import { setTimeout as sleep } from "node:timers/promises";
import { median, rounded } from "../figures";
import { startLoudhailer } from "../loudhailer";
import type { Outcome, Plan } from "../plan";
import { crowdOf } from "../subject";
import { userTokens } from "../tokens";
import { pace } from "./fan-out";

const LOCALES = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ja", "ar"];
const PLANS = ["free", "pro", "enterprise"];
const LIVE = 20;

/** Everyone gets what is measured; what differs is how much there is to decide. */
export async function targeting(plan: Plan): Promise<Outcome> {
  const ours = await startLoudhailer();
  const tokens = await userTokens(ours, plan.folder, plan.connections, (n) => ({
    roles: n % 5 === 0 ? ["admin"] : ["member"],
    traits: { plan: PLANS[n % PLANS.length] ?? "", seats: n % 50 },
    locale: LOCALES[n % LOCALES.length],
  }));
  const crowd = await crowdOf(ours, plan.connections, tokens);
  const plain: number[] = [];
  const targeted: number[] = [];
  try {
    await crowd.clients.open(100);
    for (let round = 0; round < plan.rounds; round += 1) {
      await begin();
      plain.push(...(await pace(crowd, plan)).cpu);
      await begin();
      for (let n = 0; n < LIVE; n += 1) await ours.say(`Live, ${n}`, rulesOf(n));
      await sleep(500);
      await crowd.clients.reset();
      const everybody = { audience: { traits: [{ trait: "seats", op: "gte", value: 0 }] } };
      const translations = translationsOf("What changes today");
      targeted.push(
        ...(await pace(crowd, plan, (text) => ours.say(text, { ...everybody, ...translations })))
          .cpu,
      );
    }
  } finally {
    await crowd.clients.stop();
    await ours.stop();
  }
  return {
    lines: [
      {
        what: `${LIVE} live with audience rules, ${LOCALES.length} locales, against untargeted`,
        target: "≤ 1.3",
        limit: 1.3,
        value: median(targeted) / median(plain),
        unit: "×",
        detail: `${rounded(median(targeted))} : ${rounded(median(plain))} CPU s per million`,
      },
    ],
  };

  async function begin(): Promise<void> {
    await ours.clear();
    await sleep(500);
    await crowd.clients.reset();
  }
}

/** All kinds of rules in turn; a fifth of them looks at the recipient itself. */
function rulesOf(n: number) {
  const rules = [
    { traits: [{ trait: "plan", op: "is", value: PLANS[n % PLANS.length] }] },
    { traits: [{ trait: "seats", op: "gte", value: n }], roles: ["admin"] },
    { locales: [LOCALES[n % LOCALES.length]] },
    { signedIn: "signed-in", roles: ["admin", "member"] },
    { percentage: 50 },
  ];
  return { audience: rules[n % rules.length], ...translationsOf(`Live, ${n}`) };
}

/** The text itself is the same, so that clients count it in every language. */
function translationsOf(title: string) {
  return {
    title,
    translations: Object.fromEntries(
      LOCALES.slice(1).map((locale) => [locale, { title: `${title} (${locale})` }]),
    ),
  };
}
