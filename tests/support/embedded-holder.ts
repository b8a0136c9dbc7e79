import { Client } from "pg";
import { startEmbedded } from "@/lib/embedded/embedded";

// A server process for tests to kill: opens the data in its first argument, says `ready <pid of
// the database's process>`, then inserts numbers and says each that the database has confirmed.

const database = await startEmbedded({ dataDir: process.argv[2] ?? "", log: () => {} });
const client = new Client({ connectionString: database.url });
await client.connect();
await client.query("CREATE TABLE IF NOT EXISTS confirmed (n int PRIMARY KEY)");
console.log(`ready ${database.pid}`);
for (let n = 1; ; n++) {
  await client.query("INSERT INTO confirmed VALUES ($1)", [n]);
  console.log(n);
}
