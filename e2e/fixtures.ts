import { test as base, expect } from "@playwright/test";
import { type Cluster, startCluster } from "@/tests/support/cluster";
import { type Replica, startReplica } from "@/tests/support/replica";

interface Installations {
  /** A fresh installation on embedded defaults: no data, no owner. */
  replica: Replica;
  /** Two replicas on a Redis and a PostgreSQL of their own, with an owner. */
  cluster: Cluster;
}

/** Starting and stopping is not part of a test's own time. */
const SERVERS_TIMEOUT_MS = 120_000;

/** As fixtures, servers are still there when a failed test's pages are photographed. */
export const test = base.extend<Installations>({
  replica: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is needed
    async ({}, use) => {
      const replica = await startReplica();
      await use(replica);
      expect(await replica.stop()).toBe(0);
    },
    { timeout: SERVERS_TIMEOUT_MS },
  ],
  cluster: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is needed
    async ({}, use) => {
      const cluster = await startCluster(2);
      await use(cluster);
      await cluster.stop();
    },
    { timeout: SERVERS_TIMEOUT_MS },
  ],
});

export { expect };
