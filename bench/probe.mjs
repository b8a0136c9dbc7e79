/**
 * Loaded into every Node process that is measured (`--import`), the product's and the peers'
 * alike: a Unix socket that answers questions only the process itself can answer.
 */
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How finely blocks of the event loop are seen, ms. */
const RESOLUTION_MS = 2;

const folder = process.env.BENCH_PROBE_DIR;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let inspector = null;

const answers = {
  /** What is left when nothing more can be collected, bytes. */
  async memory() {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc");
    for (let n = 0; n < 3; n += 1) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return process.memoryUsage();
  },
  async watchLoop() {
    delays.enable();
    delays.reset();
    return {};
  },
  /** The longest time between two turns since `watchLoop`, ms. */
  async longestBlock() {
    delays.disable();
    return { ms: Math.max(0, delays.max / 1e6 - RESOLUTION_MS) };
  },
  async profile() {
    inspector = new Session();
    inspector.connect();
    await inspector.post("Profiler.enable");
    await inspector.post("Profiler.setSamplingInterval", { interval: 200 });
    await inspector.post("Profiler.start");
    return {};
  },
  async profiled(file) {
    const { profile } = await inspector.post("Profiler.stop");
    writeFileSync(file, JSON.stringify(profile));
    inspector.disconnect();
    return {};
  },
  async allocations() {
    inspector = new Session();
    inspector.connect();
    await inspector.post("HeapProfiler.startSampling", {
      samplingInterval: 4096,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    return {};
  },
  async allocated(file) {
    const { profile } = await inspector.post("HeapProfiler.stopSampling");
    writeFileSync(file, JSON.stringify(profile));
    inspector.disconnect();
    return {};
  },
};

if (folder) {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.unref();
    createInterface(socket).on("line", async (line) => {
      const [question, argument] = line.split(" ");
      socket.write(`${JSON.stringify(await answers[question](argument))}\n`);
    });
  });
  server.listen(join(folder, `${process.pid}.sock`));
  server.unref();
}
