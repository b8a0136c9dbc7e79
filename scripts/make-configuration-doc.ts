/** `npm run docs`: writes docs/configuration.md and .env.example from lib/env.ts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationDoc, envExample } from "./configuration-doc";
import { ROOT } from "./run";

writeFileSync(join(ROOT, "docs/configuration.md"), configurationDoc());
writeFileSync(join(ROOT, ".env.example"), envExample());
