/**
 * How long a store takes to open after its process was killed with 1 GB in it, and what an idle server on it keeps in memory.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { Store } from "../../src/index.js";
import { servers } from "../http/servers.js";
import { Keys } from "../entries.js";
import type { TrialRequest, TrialResult, Workload } from "./workload.js";

const writerScript = fileURLToPath(new URL("./crash-writer.js", import.meta.url));
const goOnMs = 1000;
/** Until what was replayed is flushed, what that calls for is compacted, and threads without work have ended. */
const idleMs = 20_000;

async function writeAndKill(directory: string, entries: number, quick: boolean): Promise<void> {
  const writer = spawn(process.execPath, [writerScript, directory, String(entries)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(writer, "exit");
  const told = await Promise.race([once(writer.stdout, "data").then(() => true), exited.then(() => false)]);
  if (!told) throw new Error("the writer ended before it had written");
  await new Promise((resolve) => setTimeout(resolve, quick ? goOnMs / 10 : goOnMs));
  writer.kill("SIGKILL");
  await exited;
}

async function openTrial({ directory, entries, quick }: TrialRequest): Promise<TrialResult> {
  await writeAndKill(directory, entries, quick);
  const startMs = performance.now();
  const store = await Store.open(directory);
  const openMs = performance.now() - startMs;
  const tree = await store.tree("bench");
  const bytes = tree.approximateBytes();
  const found = await tree.get(new Keys().of(entries - 1));
  await store.close();
  if (found === undefined) throw new Error("an entry is missing after the crash");
  const server = await (servers["varve"] as (directory: string) => ReturnType<NonNullable<(typeof servers)[string]>>)(
    directory,
  );
  await new Promise((resolve) => setTimeout(resolve, quick ? idleMs / 100 : idleMs));
  const residentMegabytes = server.residentMegabytes();
  await server.stop();
  return {
    value: openMs,
    operations: 1,
    seconds: openMs / 1000,
    residentMegabytes,
    figures: { "idle server, MB resident": residentMegabytes, "store, MB in one zone": bytes / 1e6 },
  };
}

export const openWorkloads: Record<string, Workload> = {
  "open-after-crash": {
    title: "open of a store of 1 GB (entries of 1 KB, three zones) whose process was killed; the server idle on it",
    unit: "ms",
    drivers: ["varve"],
    durable: true,
    defaultEntries: 1_000_000,
    quickEntries: 50_000,
    trial: openTrial,
  },
};
