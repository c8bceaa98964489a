/**
 * Nothing happens silently: each event of a store is brought about on the simulated world, and its counter with it.
 */
import t from "tap";
import { longestWaitMs } from "../../../src/engine/backpressure.js";
import type { StoreEventName, StoreEvents } from "../../../src/engine/events.js";
import type { StoreOptions } from "../../../src/engine/options.js";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

async function open(world: SimulatedWorld, options: StoreOptions = {}): Promise<Store> {
  return world.run(Store.open("/data", { ...smallStore, zoneRetryMs: 20, ...options, io: world.io }));
}

/** Entries of about 100 bytes. */
async function fill(world: SimulatedWorld, store: Store, count: number): Promise<void> {
  const tree = await world.run(store.tree("tree"));
  const value = "v".repeat(90);
  for (let i = 0; i < count; i += 50) {
    await world.run(Promise.all(Array.from({ length: 50 }, (_, j) => tree.put(`key ${i + j}`, value))));
  }
}

async function readAll(world: SimulatedWorld, store: Store, count: number): Promise<number> {
  const tree = await world.run(store.tree("tree"));
  let found = 0;
  for (let i = 0; i < count; i++) if ((await world.run(tree.get(`key ${i}`))) !== undefined) found++;
  return found;
}

/** What the store tells from now on, and told while it was opened. */
function told<Name extends StoreEventName>(store: Store, name: Name): StoreEvents[Name][] {
  const events: StoreEvents[Name][] = [];
  store.on(name, (event) => events.push(event));
  return events;
}

async function closedStore(seed: number, count = 300): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed });
  const store = await open(world);
  await fill(world, store, count);
  await world.run(store.flush());
  await world.run(store.close());
  return world;
}

t.test("slow-io: a write that takes long, and the backlog that it causes", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const store = await open(world);
  const slow = told(store, "slow-io");
  await fill(world, store, 50);
  const fault = world.faults.add({
    on: "write",
    path: /zone-b.*\.log/,
    times: 1,
    effect: { kind: "delay", delayMs: 3000 },
  });
  await fill(world, store, 100);
  t.equal(fault.hits, 1);
  const { logBacklog } = store.stats().zones[1]!;
  t.ok(logBacklog.frames > 0 && logBacklog.bytes >= 4096, `zone-b lags by ${logBacklog.frames} frames`);
  await world.advance(4000);
  t.match(slow, [{ zone: 1, path: /zone-b/, call: "write" }]);
  t.ok(slow[0]!.durationMs >= 3000);
  t.equal(store.stats().counters.slowIos, 1);
  t.same(store.stats().zones[1]!.logBacklog, { frames: 0, bytes: 0, busyForMs: 0 });
  await world.run(store.close());
});

t.test("slow-io and hedged reads: a zone that is slow to read is helped by another", async (t) => {
  const world = await closedStore(2);
  const store = await open(world, { blockCacheBytes: 0 });
  const slow = told(store, "slow-io");
  world.faults.add({
    on: "read",
    path: /zone-a.*\.sst/,
    times: Infinity,
    effect: { kind: "delay", delayMs: 2000 },
  });
  const startMs = world.elapsedMs;
  t.equal(await readAll(world, store, 20), 20);
  t.ok(world.elapsedMs - startMs < 20 * 100, "no read waits for it");
  await world.advance(5000);
  t.ok(store.stats().counters.hedgedReads > 0);
  t.ok(slow.length > 0 && slow.every(({ zone, call }) => zone === 0 && call === "read"));
  await world.run(store.close());
});

t.test("read-failed: a copy that cannot be read is answered from another zone, and told", async (t) => {
  const world = await closedStore(3);
  const store = await open(world, { blockCacheBytes: 0 });
  const failed = told(store, "read-failed");
  world.faults.add({ on: "read", path: /zone-c.*\.sst/, times: Infinity, effect: { kind: "fail", errno: "EIO" } });
  t.equal(await readAll(world, store, 300), 300);
  t.ok(failed.length > 0);
  t.match(failed[0], { zone: 2, path: /zone-c/, error: { errno: "EIO" } });
  t.equal(store.stats().counters.readFailures, failed.length);
  await world.run(store.close());
});

t.test("checksum-failed and block-healed: a bad block is told twice, once as bad and once as good again", async (t) => {
  const world = await closedStore(4);
  for (const name of world.disk.list("/data/zone-b")) {
    if (name.endsWith(".sst")) for (let at = 10; at < 4000; at += 500) world.disk.flip(`/data/zone-b/${name}`, at);
  }
  const store = await open(world, { blockCacheBytes: 0 });
  const bad = told(store, "checksum-failed");
  const healed = told(store, "block-healed");
  for (let turn = 0; turn < 3; turn++) t.equal(await readAll(world, store, 300), 300);
  await world.run(store.settled());
  t.ok(bad.length > 0 && bad.every(({ zone }) => zone === 1));
  t.equal(store.stats().counters.checksumFailures, bad.length);
  t.ok(healed.length > 0);
  t.equal(store.stats().counters.blocksHealed, healed.length);
  await world.run(store.close());
});

t.test("file-damaged and file-healed: a missing SSTable, although it is found while the store is opened", async (t) => {
  const world = await closedStore(5);
  const name = world.disk.list("/data/zone-c").find((file) => file.endsWith(".sst"))!;
  world.disk.remove(`/data/zone-c/${name}`);
  const store = await open(world);
  const damaged = told(store, "file-damaged");
  const healed = told(store, "file-healed");
  await world.run(store.settled());
  t.match(damaged, [{ zone: 2, path: `/data/zone-c/${name}` }]);
  t.match(healed, [{ zone: 2, path: `/data/zone-c/${name}` }]);
  t.equal(store.stats().counters.filesHealed, 1);
  await world.run(store.close());
});

t.test("log-frame-healed: what happens before anybody can listen is told to each listener that is added", async (t) => {
  const world = new SimulatedWorld({ seed: 6 });
  const first = await open(world);
  await fill(world, first, 50);
  await world.run(first.close());
  const name = world.disk.list("/data/zone-a").find((file) => file.endsWith(".log"))!;
  world.disk.flip(`/data/zone-a/${name}`, 200);
  const store = await open(world);
  const healed = told(store, "log-frame-healed");
  const again = told(store, "log-frame-healed");
  t.match(healed, [{ zone: 0, path: `/data/zone-a/${name}`, offset: 0 }]);
  t.same(again, healed);
  t.equal(store.stats().counters.logFramesHealed, 1);
  await world.run(store.close());
});

t.test("direct-io-refused is told once a zone", async (t) => {
  const world = new SimulatedWorld({ seed: 7, directSupported: false });
  const store = await open(world);
  t.same(
    told(store, "direct-io-refused").map(({ zone }) => zone),
    [0, 1, 2],
  );
  await world.run(store.close());
});

t.test("copy-late: the others go on, and the copy is made later", async (t) => {
  const world = new SimulatedWorld({ seed: 8 });
  const store = await open(world);
  const late = told(store, "copy-late");
  const healed = told(store, "file-healed");
  await fill(world, store, 50);
  world.faults.add({ on: "write", path: /zone-b.*\.sst/, times: 1, effect: { kind: "delay", delayMs: 5000 } });
  await world.run(store.flush());
  t.match(late, [{ zone: 1, path: /zone-b.*\.sst$/ }]);
  t.equal(store.stats().counters.copiesLate, 1);
  await world.advance(10_000);
  await world.run(store.settled());
  t.match(healed, [{ zone: 1, path: late[0]!.path }]);
  await world.run(store.close());
});

t.test("no-space and a stall for space: tried again until there is room, nothing fails", async (t) => {
  const world = new SimulatedWorld({ seed: 9 });
  const store = await open(world);
  const full = told(store, "no-space");
  const stalls = told(store, "stall");
  await fill(world, store, 50);
  const fault = world.faults.add({
    on: "write",
    path: /zone-[ab].*\.log/,
    times: Infinity,
    effect: { kind: "fail", errno: "ENOSPC" },
  });
  const tree = await world.run(store.tree("tree"));
  const writing = tree.put("waits", "for room");
  await world.advance(1000);
  t.throws(() => tree.putSync("new", "write"), { code: "NO_SPACE" });
  t.equal(store.stats().queues.groupsUnacknowledged, 1);
  fault.release();
  await world.run(writing);
  await world.advance(10);
  t.equal(full.length, 2, "once a zone");
  t.ok(store.stats().counters.spaceRetries > 2);
  t.match(stalls, [{ reason: "space" }]);
  t.ok(stalls[0]!.durationMs >= 900 && stalls[0]!.durationMs < 2000);
  t.equal(store.stats().counters.zoneFailures, 0);
  await world.run(store.close());
});

t.test("a stall for memtables is told when it ends, with its length", async (t) => {
  const world = new SimulatedWorld({ seed: 10 });
  const store = await open(world, { memtableBytes: 4096, memtableLimitBytes: 8192 });
  const stalls = told(store, "stall");
  await fill(world, store, 0);
  const fault = world.faults.add({ on: "job", path: /runFlush/, times: Infinity, effect: { kind: "hang" } });
  const tree = await world.run(store.tree("tree"));
  const writes: Promise<void>[] = [];
  for (let i = 0; store.stats().queues.writesWaiting < 5; i++) writes.push(tree.put(`key ${i}`, "v".repeat(100)));
  t.throws(() => tree.putSync("one", "more"), { code: "BACKPRESSURE" });
  t.equal(store.stats().counters.writesRefused, 1);
  t.ok(store.stats().queues.memtablesWaiting > 0);
  await world.advance(500);
  t.ok(store.stats().queues.stalledForMs >= 500);
  fault.release();
  await world.run(Promise.all(writes));
  t.ok(stalls.some(({ reason, durationMs }) => reason === "memtables" && durationMs >= 500));
  t.equal(store.stats().queues.writesWaiting, 0);
  await world.run(store.close());
});

t.test("a burst of puts right after ready() was refused: there was room for one of them", async (t) => {
  const world = new SimulatedWorld({ seed: 12 });
  const memtableLimitBytes = 64 * 1024;
  const store = await open(world, { memtableBytes: 8192, memtableLimitBytes });
  const slow = { on: "job", path: /runFlush/, times: Infinity, effect: { kind: "delay", delayMs: 50 } } as const;
  world.faults.add(slow);
  const tree = await world.run(store.tree("tree"));
  const value = "v".repeat(100);
  for (let burst = 0; burst < 60; burst++) {
    await world.run(store.ready());
    // With their keys and what they take besides an eighth of the limit.
    for (let i = 0; i < 30; i++) tree.putSync(`key ${burst * 30 + i}`, value);
  }
  t.ok(store.stats().counters.stalls > 0 || store.stats().counters.flushes > 3, "flushes were what it waited for");
  await world.run(store.close());
});

t.test("a batch that is filled anew while it waits is written as it was when it was given", async (t) => {
  const world = new SimulatedWorld({ seed: 20 });
  const store = await open(world, { memtableBytes: 4096, memtableLimitBytes: 8192 });
  const fault = world.faults.add({ on: "job", path: /runFlush/, times: Infinity, effect: { kind: "hang" } });
  const tree = await world.run(store.tree("tree"));
  const batch = store.batch();
  const writes: Promise<void>[] = [];
  for (let i = 0; store.stats().queues.writesWaiting < 5; i++) {
    batch.clear();
    batch.put(tree, `key ${i}`, "v".repeat(100));
    writes.push(store.write(batch));
  }
  batch.clear();
  fault.release();
  await world.run(Promise.all(writes));
  for (let i = 0; i < writes.length; i++)
    if ((await world.run(tree.get(`key ${i}`))) === undefined) t.fail(`key ${i} is lost`);
  t.equal(store.stats().counters.entriesWritten, writes.length);
  await world.run(store.close());
});

t.test("a caller of ready is slowed down before the limit, and finds room after it", async (t) => {
  const world = new SimulatedWorld({ seed: 21 });
  const store = await open(world, { memtableBytes: 16_384, memtableLimitBytes: 256 * 1024 });
  const stalls = told(store, "stall");
  const fault = world.faults.add({ on: "job", path: /runFlush/, times: Infinity, effect: { kind: "hang" } });
  const tree = await world.run(store.tree("tree"));
  const waits: number[] = [];
  let count = 0;
  const writeSome = (): void => {
    for (let i = 0; i < 64; i++) tree.putSync(`key ${count++}`, "v".repeat(100));
  };
  while ((waits.at(-1) ?? 0) < 10) {
    writeSome();
    const startMs = world.elapsedMs;
    await world.run(store.ready());
    waits.push(world.elapsedMs - startMs);
  }
  t.ok(waits.filter((ms) => ms < 1).length > 3, "not delayed while little waits");
  t.ok(
    waits.some((ms) => ms >= 1 && ms < 20),
    "then a little",
  );
  t.ok(
    waits.every((ms) => ms < 60),
    "and never for as long as the flush takes",
  );
  t.ok(stalls.length > 0 && stalls.every(({ reason }) => reason === "memtables"));
  const answers = { count: 0 };
  for (let asked = 1; answers.count === asked - 1; asked++) {
    writeSome();
    void store.ready().then(() => answers.count++);
    await world.advance(1000);
  }
  fault.release();
  await world.run(store.ready());
  writeSome();
  await world.run(store.close());
});

t.test("a stall is bounded: a write that has waited its longest is refused and not applied", async (t) => {
  const world = new SimulatedWorld({ seed: 11 });
  const store = await open(world, { memtableBytes: 4096, memtableLimitBytes: 8192 });
  const stalls = told(store, "stall");
  world.faults.add({ on: "job", path: /runFlush/, times: Infinity, effect: { kind: "fail", errno: "EIO" } });
  const tree = await world.run(store.tree("tree"));
  const outcomes: Promise<PromiseSettledResult<void>[]>[] = [];
  let count = 0;
  while (store.stats().queues.writesWaiting < 3)
    outcomes.push(Promise.allSettled([tree.put(`key ${count++}`, "v".repeat(100))]));
  await world.advance(longestWaitMs / 2);
  t.equal(store.stats().queues.writesWaiting, 3, "they wait");
  const later = Promise.allSettled([tree.put("later", "v")]);
  await world.advance(longestWaitMs / 2 + 1000);
  const settled = (await world.run(Promise.all(outcomes))).flat();
  t.same(
    settled.slice(-3).map((outcome) => outcome.status === "rejected" && (outcome.reason as { code: string }).code),
    ["BACKPRESSURE", "BACKPRESSURE", "BACKPRESSURE"],
  );
  t.ok(settled.slice(0, -3).every(({ status }) => status === "fulfilled"));
  t.equal(await world.run(tree.get(`key ${count - 1}`)), undefined, "what was refused is not there");
  t.equal(store.stats().queues.writesWaiting, 1, "each has its own time");
  t.match(stalls, [{ reason: "memtables", refusedWrites: 3 }]);
  await world.advance(longestWaitMs);
  t.equal((await world.run(later))[0].status, "rejected");
  t.ok(store.stats().counters.jobFailures > 3, "each failed flush is told");
  await world.run(store.close());
});

t.test("a stall for level 0 is a short delay of each write, with a bound", async (t) => {
  const world = new SimulatedWorld({ seed: 12 });
  const store = await open(world, { levelZeroFiles: 1 });
  const stalls = told(store, "stall");
  const fault = world.faults.add({ on: "job", path: /runCompaction/, times: Infinity, effect: { kind: "hang" } });
  for (let i = 0; i < 12; i++) {
    await fill(world, store, 50);
    await world.run(store.flush());
  }
  t.ok(store.stats().queues.compactionsRunning > 0);
  t.equal(store.stats().queues.writeDelayMs, 50);
  t.ok(stalls.length > 0 && stalls.every(({ reason, durationMs }) => reason === "level-zero" && durationMs <= 50));
  t.equal(store.stats().counters.stalls, stalls.length);
  fault.release();
  await world.run(store.close());
});

t.test("a stall for the log: the next file is late", async (t) => {
  const world = new SimulatedWorld({ seed: 13 });
  const store = await open(world);
  const stalls = told(store, "stall");
  world.faults.add({
    on: ["preallocate", "rename"],
    path: /\.log/,
    times: Infinity,
    effect: { kind: "delay", delayMs: 400 },
  });
  await fill(world, store, 1500);
  t.ok(stalls.some(({ reason, durationMs }) => reason === "log" && durationMs > 100 && durationMs < 5000));
  await world.run(store.close());
});

t.test("job-failed: a worker thread that dies is counted, and its flush done again", async (t) => {
  const world = new SimulatedWorld({ seed: 14 });
  const store = await open(world);
  const failed = told(store, "job-failed");
  const flushed = told(store, "flush");
  await fill(world, store, 50);
  world.faults.add({ on: "job", path: /runFlush/, effect: { kind: "fail", errno: "EIO" } });
  await t.rejects(world.run(store.flush()), { code: "WORKER_FAILED" });
  await world.run(store.flush());
  t.match(failed, [{ job: "flush", error: { code: "WORKER_FAILED" } }]);
  t.match(store.stats().counters, { jobFailures: 1, workersLost: 1, flushes: 1 });
  t.equal(flushed.length, 1);
  await world.run(store.close());
});

t.test("a failed fsync poisons the file and the zone: it is not tried again, and the zone is rebuilt", async (t) => {
  const world = new SimulatedWorld({ seed: 15 });
  const store = await open(world);
  const failed = told(store, "zone-failed");
  const healed = told(store, "zone-healed");
  await fill(world, store, 50);
  const poisoned = world.disk.list("/data/zone-b").find((name) => name.endsWith(".log"))!;
  const touching = world.faults.add({
    on: ["write", "sync"],
    path: new RegExp(`zone-b/${poisoned}`),
    nth: Infinity,
    effect: { kind: "delay", delayMs: 0 },
  });
  world.faults.add({ on: "sync", path: /zone-b/, effect: { kind: "fail", errno: "EIO" } });
  while (failed.length === 0) await fill(world, store, 50);
  const callsThen = touching.matches;
  await fill(world, store, 300);
  t.equal(touching.matches, callsThen, "no write and no sync goes to the file any more");
  t.match(failed, [{ zone: 1, error: { errno: "EIO" } }]);
  await world.run(store.settled());
  t.match(healed, [{ zone: 1 }]);
  await world.run(store.close());
});

t.test("zone-failed, failed: with two zones lost the store takes no more writes and says why", async (t) => {
  const world = new SimulatedWorld({ seed: 16 });
  const store = await open(world);
  const zones = told(store, "zone-failed");
  const failed = told(store, "failed");
  const tree = await world.run(store.tree("tree"));
  world.faults.add({
    on: ["write", "sync"],
    path: /zone-[ac]/,
    times: Infinity,
    effect: { kind: "fail", errno: "EIO" },
  });
  await t.rejects(world.run(tree.put("never", "acknowledged")), { code: "ZONES_LOST" });
  t.same(new Set(zones.map(({ zone }) => zone)), new Set([0, 2]));
  t.match(failed, [{ error: { code: "ZONES_LOST" } }]);
  t.throws(() => tree.putSync("one", "more"), { code: "ZONES_LOST" });
  await world.run(store.close().catch(() => undefined));
});

t.test("flush, compaction, scrub and the counters of a quiet life", async (t) => {
  const world = new SimulatedWorld({ seed: 17 });
  const store = await open(world);
  const events = { flush: told(store, "flush"), compaction: told(store, "compaction"), scrub: told(store, "scrub") };
  await fill(world, store, 600);
  await world.run(store.compact());
  await world.run(store.scrub({ bytesPerSecond: Infinity }));
  const { counters, queues, zones } = store.stats();
  t.equal(counters.flushes, events.flush.length);
  t.equal(counters.compactions, events.compaction.length);
  t.ok(counters.compactions > 0);
  t.equal(counters.scrubs, 1);
  t.equal(events.scrub.length, 1);
  const bad = ["slowIos", "readFailures", "checksumFailures", "filesDamaged", "spaceRetries", "jobFailures"] as const;
  for (const name of bad) t.equal(counters[name], 0, name);
  await world.run(store.settled());
  t.ok(Object.values(queues).every((number) => typeof number === "number"));
  t.ok(zones.every(({ logBacklog }) => logBacklog.frames === 0));
  await world.run(store.close());
});
