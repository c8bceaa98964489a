import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { plainEnvironment } from "../../support/plain-environment.js";

/** Without a block cache, so that every read needs its file; the smallest bound. */
const options = { openFiles: 8, blockCacheBytes: 0, levelZeroFiles: 1000, scrubIntervalMs: 0, zoneRetryMs: 50 };
/** Beside the readers: log, manifest and their next files in three zones, and what a job has open. */
const beside = 40;

const child = fileURLToPath(new URL("./open-files-child.js", import.meta.url));

t.test("ulimit -n 128: more than 200 SSTables are opened, read, walked and compacted", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "varve-files-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const limited = ["-c", 'ulimit -n 128 && exec "$0" "$@"', process.execPath, child, directory];
  const { stdout, stderr, status } = spawnSync("sh", limited, {
    encoding: "utf8",
    timeout: 240_000,
    env: plainEnvironment,
  });
  t.equal(status, 0, stderr);
  const told = JSON.parse(stdout || "{}") as Record<string, unknown>;
  t.comment(stdout);
  t.ok(Number(told["fileCount"]) > 200);
  const { count, limit } = told["openFiles"] as { count: number; limit: number };
  t.equal(limit, 32, "half of what the limit leaves");
  // Not exactly: readers that wait for room close what is idle, some more than is opened again in the end.
  t.ok(count > 0 && count <= limit, `${count} are open`);
  t.ok(Number(told["filesReopened"]) > 200);
  t.same([told["zoneFailures"], told["readFailures"], told["zones"]], [0, 0, ["healthy", "healthy", "healthy"]]);
  t.end();
});

async function fill(world: SimulatedWorld, store: Store, model: Map<string, string>, flushes: number): Promise<void> {
  const tree = await world.run(store.tree("t"));
  for (let flush = 0; flush < flushes; flush++) {
    for (let i = 0; i < 6; i++) {
      const key = `k${world.random.below(80)}`;
      await world.run(tree.put(key, `${key} ${flush}`));
      model.set(key, `${key} ${flush}`);
    }
    await world.run(store.flush());
  }
}

async function check(t: Test, world: SimulatedWorld, store: Store, model: Map<string, string>): Promise<void> {
  const tree = await world.run(store.tree("t"));
  const keys = [...model.keys()];
  const values = await world.run(Promise.all(keys.map((key) => tree.get(key))));
  t.same(
    values.map((value) => Buffer.from(value ?? "").toString()),
    keys.map((key) => model.get(key)),
  );
  const walked: string[] = [];
  const walk = async (): Promise<void> => {
    for await (const [key] of tree.iterate()) walked.push(Buffer.from(key).toString());
  };
  await world.run(walk());
  t.same(walked, [...keys].sort());
}

t.test(
  "a process at its limit: reads, walks, flushes and compactions agree with the model, no opening is refused",
  async (t) => {
    const world = new SimulatedWorld({ seed: 11, maximumOpenFiles: options.openFiles + beside });
    const store = await world.run(Store.open("/data", { ...options, io: world.io }));
    const model = new Map<string, string>();
    for (let round = 0; round < 3; round++) {
      await fill(world, store, model, 15);
      await check(t, world, store, model);
      await world.run(store.compact());
      await check(t, world, store, model);
    }
    t.same([store.stats().counters.openRetries, store.stats().counters.zoneFailures], [0, 0]);
    t.ok(world.openFiles.most <= options.openFiles + beside, `${world.openFiles.most} were open`);
    await world.run(store.close());
  },
);

t.test(
  "EMFILE at every few openings of reads, flushes and compactions: tried again, no zone fails, nothing is lost",
  async (t) => {
    for (const every of [2, 3, 7]) {
      const world = new SimulatedWorld({ seed: 20 + every });
      const store = await world.run(Store.open("/data", { ...options, io: world.io }));
      const model = new Map<string, string>();
      for (let nth = every; nth < 4000; nth += every) {
        world.faults.add({ on: "open", nth, effect: { kind: "fail", errno: "EMFILE" } });
      }
      await fill(world, store, model, 12);
      await check(t, world, store, model);
      await world.run(store.compact());
      await check(t, world, store, model);
      const { counters } = store.stats();
      t.ok(counters.openRetries > 0, `every ${every}: ${counters.openRetries} tried again`);
      t.equal(counters.zoneFailures, 0);
      world.faults.clear();
      await world.run(store.close());
      const again = await world.run(Store.open("/data", { ...options, io: world.io }));
      await check(t, world, again, model);
      await world.run(again.close());
    }
  },
);

t.test("EMFILE that lasts: a read says TOO_MANY_FILES, no zone fails, and later reads answer", async (t) => {
  const world = new SimulatedWorld({ seed: 30 });
  const store = await world.run(Store.open("/data", { ...options, io: world.io }));
  const model = new Map<string, string>();
  await fill(world, store, model, 20);
  const fault = world.faults.add({
    on: "open",
    path: /\.sst$/,
    times: Infinity,
    effect: { kind: "fail", errno: "EMFILE" },
  });
  const tree = await world.run(store.tree("t"));
  const outcomes = await world.run(Promise.allSettled([...model.keys()].map((key) => tree.get(key))));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  t.ok(refused.length > 0);
  for (const { reason } of refused) t.match(reason, { code: "TOO_MANY_FILES", errno: "EMFILE" });
  t.equal(store.stats().counters.zoneFailures, 0);
  fault.release();
  await check(t, world, store, model);
  await world.run(store.close());
});
