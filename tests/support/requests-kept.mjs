/**
 * Preloaded into a server (`--import`): told SIGUSR2, it collects, and prints how many requests it
 * still has in memory.
 */
import { IncomingMessage } from "node:http";
import { queryObjects } from "node:v8";

process.on("SIGUSR2", () => {
  console.log(`requests kept: ${queryObjects(IncomingMessage)}`);
});
