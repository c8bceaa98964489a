/**
 * Consistent reads, conditional writes, counters and deletions of the real server, by many clients on few items, through kill -9 and
 * restart, are linearizable. VARVE_LINEARIZABILITY_KILLS sets how many kills; VARVE_SEED what the clients ask.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import type { StoreOptions } from "../../src/engine/options.js";
import { SeededRandom } from "../../src/io/simulated/index.js";
import { KillableServer } from "../support/killable-server.js";
import { createTable, WireClient } from "../support/wire-client.js";
import { isLinearizable } from "./checker.js";
import { itemModel } from "./item-model.js";
import { Recorder, TableName } from "./recorder.js";

const kills = Number(process.env["VARVE_LINEARIZABILITY_KILLS"] ?? 2);
const seed = Number(process.env["VARVE_SEED"] ?? 1);
const clients = 8;
const keys = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
const operationsBetweenKills = 400;

/**
 * A server that is as slow as it may be where order could be lost. No cache and tiny memtables: most reads go to the disk, so that a conditional
 * write waits between its read and its write. Two zones in memory, one on the disk, where there is such a place: that one lags behind
 * what is acknowledged.
 */
function makeStore(t: Test): { directory: string; options: StoreOptions } {
  const directory = mkdtempSync(join(tmpdir(), "varve-linearizability-"));
  const fast = existsSync("/dev/shm") ? mkdtempSync("/dev/shm/varve-linearizability-") : directory;
  t.teardown(() => {
    for (const each of [directory, fast]) rmSync(each, { recursive: true, force: true });
  });
  const zones = [join(fast, "zone-a"), join(fast, "zone-b"), join(directory, "zone-c")];
  return { directory, options: { zones, zoneGraceMs: 0, memtableBytes: 4096, blockCacheBytes: 0 } };
}

/** Lets the clients work until so much is recorded, and kills the server in the middle of it, or not. */
async function record(
  recorder: Recorder,
  server: KillableServer,
  client: WireClient,
  isKilled: boolean,
): Promise<void> {
  const length = recorder.length + operationsBetweenKills;
  const state = { isOver: false, hasFailed: false };
  const work = recorder.run(client, clients, () => state.isOver);
  work.catch(() => (state.hasFailed = true));
  while (recorder.length < length && !state.hasFailed) await sleep(2);
  state.isOver = true;
  if (isKilled) await server.kill();
  await work;
}

t.test(`concurrent histories are linearizable, through kills (seed ${seed})`, async (t) => {
  const { directory, options } = makeStore(t);
  const recorder = new Recorder(new SeededRandom(seed), keys);
  for (let round = 0; round <= kills; round++) {
    const server = KillableServer.start(directory, options);
    t.teardown(() => server.kill());
    const client = new WireClient(await server.listening(), clients);
    if (round === 0) await createTable(client, TableName);
    // The last one is left alone, so that what the kills left is also read.
    await record(recorder, server, client, round < kills);
    client.close();
    await server.kill();
    t.equal(server.errors, "", "the server has no complaint");
  }
  let unknown = 0;
  for (const [key, history] of recorder.histories) {
    unknown += history.filter(({ returned }) => returned === undefined).length;
    t.ok(isLinearizable(itemModel, history), `${history.length} operations on ${key} are linearizable`);
  }
  t.ok(unknown > 0, `${recorder.length} operations, ${unknown} of them of unknown outcome`);
  const invented = recorder.eventual.filter(({ key, value, atMs }) => !recorder.hasSent(key, value, atMs));
  t.same(invented, [], `${recorder.eventual.length} eventually consistent reads gave values that were once written`);
});
