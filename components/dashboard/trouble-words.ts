import type { Live } from "./live";

const LOST = "Live figures paused: this page lost its connection and is trying again.";
const DATABASE =
  "The database cannot be reached. Banners stay on people’s screens; publishing and saving are refused until it is back.";
const BROKER =
  "Running degraded: Redis cannot be reached. Publishing works, other servers show a change within 3 seconds.";
const SESSIONS = "Counts are for this server only.";

/** What is wrong and what it means, a sentence each; none when all is well. */
export function troubleWords(
  connection: Live["connection"],
  figures: Pick<NonNullable<Live["figures"]>, "mode" | "note" | "troubles" | "workers"> | null,
): string[] {
  if (connection === "lost") return [LOST];
  if (figures === null) return [];
  const { mode, note, troubles, workers } = figures;
  const isWithoutRedis = troubles.includes("broker");
  // A server of the version before tells the mode alone.
  const degraded = isWithoutRedis || (mode === "degraded" && troubles.length === 0);
  const countsHere = troubles.includes("sessions") || note !== null;
  return [
    troubles.includes("database") ? DATABASE : null,
    degraded ? BROKER : null,
    countsHere ? SESSIONS : null,
    ...workers.filter(({ silent }) => silent).map(({ workerId }) => silentWords(workerId)),
  ].filter((sentence) => sentence !== null);
}

function silentWords(workerId: string): string {
  return `Server ${workerId} does not answer. The people connected to it move to the others by themselves.`;
}
