import { buildIfStale } from "@/scripts/build-state";

/** Before any test of the project: these tests run the built server, so it must be today's. */
export default async function requireBuild(): Promise<void> {
  await buildIfStale();
}
