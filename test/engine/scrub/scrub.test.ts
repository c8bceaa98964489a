/** The scrub on the simulated world: what is bad in one zone is found without any read and healed; what is bad in all is told of. */
import t from "tap";
import type { StoreOptions } from "../../../src/engine/options.js";
import { decodeIndex } from "../../../src/engine/sstable/index-decoder.js";
import { decodeFooter, footerBytes, type Footer } from "../../../src/engine/sstable/footer.js";
import { Store } from "../../../src/engine/store.js";
import type { Tree } from "../../../src/engine/tree.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

const zonePaths = ["/data/zone-a", "/data/zone-b", "/data/zone-c"] as const;

async function open(world: SimulatedWorld, options: StoreOptions = {}): Promise<Store> {
  return world.run(Store.open("/data", { ...smallStore, zoneRetryMs: 20, ...options, io: world.io }));
}

async function fill(tree: Tree, word: string): Promise<void> {
  const keys = Array.from({ length: 600 }, (_, i) => `key ${String(i).padStart(5, "0")}`);
  await Promise.all(keys.map((key, i) => tree.put(key, `${word} ${i} `.repeat(5))));
}

interface Ready {
  world: SimulatedWorld;
  store: Store;
  /** Of one SSTable. */
  name: string;
  bytes: Uint8Array;
  footer: Footer;
}

/** An open store with several SSTables, and one of them taken apart. */
async function filled(seed: number, options: StoreOptions = {}): Promise<Ready> {
  const world = new SimulatedWorld({ seed });
  const first = await open(world, options);
  await world.run(fill(await world.run(first.tree("tree")), "value"));
  await world.run(first.compact());
  // Only what the version names is there afterwards.
  await world.run(first.close());
  const store = await open(world, options);
  await world.run(store.settled());
  const names = sstables(world);
  t.ok(names.length > 2);
  const name = names[1]!;
  const bytes = world.disk.readFile(`${zonePaths[0]}/${name}`);
  const end = bytes.subarray(bytes.length - footerBytes);
  const storeId = Buffer.from(end.subarray(16, 24)).toString("hex");
  const footer = decodeFooter(end, { storeId, fileNumber: Number(name.slice(0, 12)), sizeBytes: bytes.length });
  return { world, store, name, bytes, footer };
}

function sstables(world: SimulatedWorld): string[] {
  return world.disk.list(zonePaths[0]).filter((name) => name.endsWith(".sst"));
}

/** A place in each kind of range. */
function placesOf({ bytes, footer }: Ready): Record<string, number> {
  const blocks = decodeIndex(bytes.slice(footer.index.offset, footer.properties.offset));
  return {
    "the first data block": 3,
    "a data block": blocks[2]!.offset + 1,
    filter: footer.filter.offset + 5,
    index: footer.index.offset + 2,
    properties: footer.properties.offset + 20,
    padding: footer.properties.offset + footer.properties.storedLength + 1,
    footer: bytes.length - 20,
    "the footer's checksum": bytes.length - 1,
  };
}

t.test("a flipped bit in any kind of range of one zone is found without a read, healed and counted", async (t) => {
  const ready = await filled(1);
  const { world, store, name, bytes } = ready;
  for (const [what, place] of Object.entries(placesOf(ready))) {
    for (const zone of zonePaths) {
      world.disk.flip(`${zone}/${name}`, place, place % 8);
      const healedBefore = store.stats().counters.blocksHealed;
      const report = await world.run(store.scrub());
      t.match(report, { badRanges: 1, healedRanges: 1, missingCopies: 0, lost: [] }, `${what} in ${zone}`);
      t.equal(store.stats().counters.blocksHealed, healedBefore + 1);
      t.equal(Buffer.compare(world.disk.readFile(`${zone}/${name}`), bytes), 0, `${what} in ${zone} is as it was`);
    }
  }
  t.equal(store.stats().counters.scrubBadRanges, 3 * Object.keys(placesOf(ready)).length);
  t.same(store.stats().lostRanges, []);
  await world.run(store.close());
});

t.test("every range of one copy bad at once: index and footer first, then what they lead to", async (t) => {
  const ready = await filled(2);
  const { world, store, name, bytes } = ready;
  for (let offset = 0; offset < bytes.length; offset += 100) world.disk.flip(`${zonePaths[1]}/${name}`, offset);
  for (const place of Object.values(placesOf(ready))) world.disk.flip(`${zonePaths[1]}/${name}`, place, 6);
  const report = await world.run(store.scrub());
  t.ok(report.badRanges > 8);
  t.equal(report.healedRanges, report.badRanges);
  t.equal(report.copies, 3 * report.files);
  t.equal(Buffer.compare(world.disk.readFile(`${zonePaths[1]}/${name}`), bytes), 0);
  await world.run(store.close());
});

t.test("a copy that is missing, or cut, is made anew", async (t) => {
  const { world, store, name, bytes } = await filled(3);
  world.disk.remove(`${zonePaths[0]}/${name}`);
  world.disk.truncate(`${zonePaths[2]}/${name}`, 4096);
  // The copies that come are made of one that was bad here.
  world.disk.flip(`${zonePaths[1]}/${sstables(world)[0]!}`, 10);
  const report = await world.run(store.scrub());
  t.match(report, { missingCopies: 2, badRanges: 1, healedRanges: 1, lost: [] });
  await world.run(store.settled());
  for (const zone of zonePaths) t.equal(Buffer.compare(world.disk.readFile(`${zone}/${name}`), bytes), 0, zone);
  await world.run(store.close());
});

t.test(
  "a block that is bad in every zone is lost: tree, file and keys are named, and nothing else is affected",
  async (t) => {
    const ready = await filled(4);
    const { world, store, name } = ready;
    const told: string[] = [];
    store.on("range-lost", ({ message }) => told.push(message));
    for (const zone of zonePaths) world.disk.flip(`${zone}/${name}`, placesOf(ready)["a data block"]!);
    world.disk.flip(`${zonePaths[0]}/${name}`, 3);
    const report = await world.run(store.scrub());
    t.match(report, { badRanges: 4, healedRanges: 1 });
    t.equal(report.lost.length, 1);
    const lost = report.lost[0]!;
    t.match(lost, { tree: "tree", fileNumber: Number(name.slice(0, 12)), keys: /^"key \d+" to "key \d+"$/ });
    t.match(lost.message, /tree tree, SSTable \d+ \(keys "key \d+" to "key \d+"\)/);
    t.same(store.stats().lostRanges, report.lost);
    const [from, to] = lost.keys.match(/\d+/g)!;
    const tree = await world.run(store.tree("tree"));
    let unanswered = 0;
    for (let i = 0; i < 600; i++) {
      const key = `key ${String(i).padStart(5, "0")}`;
      const value = await world.run(tree.get(key).catch(() => undefined));
      if (value !== undefined) continue;
      unanswered++;
      t.ok(key >= `key ${from}` && key <= `key ${to!}`, `${key} is within ${lost.keys}`);
    }
    t.ok(unanswered > 0 && unanswered < 20, `${unanswered} keys are not answered`);
    await world.run(store.scrub());
    t.equal(told.length, 1, "told once");
    t.equal(store.stats().counters.rangesLost, 1);
    for (const zone of zonePaths) world.disk.flip(`${zone}/${name}`, placesOf(ready)["a data block"]!);
    t.same((await world.run(store.scrub())).lost, []);
    t.same(store.stats().lostRanges, [], "it was good again");
    await world.run(store.close());
  },
);

t.test("a file of which no zone has a copy is lost", async (t) => {
  const { world, store, name } = await filled(5);
  for (const zone of zonePaths) world.disk.remove(`${zone}/${name}`);
  const report = await world.run(store.scrub());
  t.match(report, { missingCopies: 3, lost: [{ offset: 0, tree: "tree", message: new RegExp(name) }] });
  await world.run(store.close());
});

t.test("a sector that cannot be read is bad, the rest of its chunk is not", async (t) => {
  const { world, store, name } = await filled(6);
  world.faults.add({
    on: "read",
    path: new RegExp(`zone-b/${name}`),
    nth: 2,
    times: 1,
    effect: { kind: "fail", errno: "EIO" },
  });
  const report = await world.run(store.scrub());
  t.match(report, { lost: [] });
  t.equal(report.badRanges, report.healedRanges);
  await world.run(store.close());
});

t.test("a zone that hangs fails, the scrub goes on", async (t) => {
  const { world, store } = await filled(7, { zoneHangMs: 100 });
  world.faults.add({ on: "read", path: /zone-b/, times: Infinity, effect: { kind: "hang" } });
  const report = await world.run(store.scrub());
  t.equal(report.copies, 2 * report.files);
  t.equal(store.stats().zones[1]?.state, "failed");
});

t.test("the pace is kept, over many small files too", async (t) => {
  const { world, store } = await filled(8);
  const startMs = world.elapsedMs;
  const report = await world.run(store.scrub({ bytesPerSecond: 100_000 }));
  const seconds = (world.elapsedMs - startMs) / 1000;
  const expected = report.bytesRead / 100_000;
  t.ok(seconds > 0.9 * expected && seconds < 1.2 * expected + 0.1, `${report.bytesRead} bytes in ${seconds} s`);
  await t.rejects(world.run(store.scrub({ bytesPerSecond: 0 })), { code: "INVALID_ARGUMENT" });
  await world.run(store.close());
});

t.test("a signal ends it at once; so does the closing of the store", async (t) => {
  const { world, store } = await filled(9);
  await t.rejects(world.run(store.scrub({ signal: AbortSignal.abort("why") })), { code: "ABORTED", cause: "why" });
  const controller = new AbortController();
  world.io.timers.set(200, () => controller.abort());
  const startMs = world.elapsedMs;
  await t.rejects(world.run(store.scrub({ bytesPerSecond: 1024, signal: controller.signal })), { code: "ABORTED" });
  t.ok(world.elapsedMs - startMs < 300, `${world.elapsedMs - startMs} ms`);
  const left = store.scrub({ bytesPerSecond: 1024 }).catch((error: unknown) => error);
  await world.advance(50);
  await world.run(store.close());
  t.match(await world.run(left), { code: "STORE_CLOSED" });
  await t.rejects(store.scrub(), { code: "STORE_CLOSED" });
});

t.test("the background scrub comes by itself, and gives way to one that was asked for", async (t) => {
  const { world, store, name, bytes } = await filled(10, { scrubIntervalMs: 60_000 });
  world.disk.flip(`${zonePaths[2]}/${name}`, 5);
  await world.advance(61_000);
  t.match(store.stats().counters, { scrubs: 1, blocksHealed: 1 });
  t.equal(Buffer.compare(world.disk.readFile(`${zonePaths[2]}/${name}`), bytes), 0);
  await world.advance(61_000);
  t.equal(store.stats().counters.scrubs, 2);
  await world.run(store.scrub());
  t.equal(store.stats().counters.jobFailures, 0);
  await world.run(store.close());
});

t.test("files that compaction makes and drops meanwhile are no damage", async (t) => {
  const { world, store } = await filled(11);
  const tree = await world.run(store.tree("tree"));
  const scrub = store.scrub({ bytesPerSecond: 200_000 });
  await world.run(fill(tree, "other"));
  await world.run(store.compact());
  t.match(await world.run(scrub), { badRanges: 0, missingCopies: 0, lost: [] });
  await world.run(store.settled());
  t.ok(store.stats().zones.every(({ state }) => state === "healthy"));
  await world.run(store.close());
});

t.test("a read-only store is scrubbed and left as it is", async (t) => {
  const { world, store, name } = await filled(12);
  await world.run(store.close());
  world.disk.flip(`${zonePaths[2]}/${name}`, 5);
  const damaged = world.disk.readFile(`${zonePaths[2]}/${name}`);
  const reader = await open(world, { readOnly: true });
  t.match(await world.run(reader.scrub()), { badRanges: 1, healedRanges: 0, lost: [] });
  await world.run(reader.close());
  t.equal(Buffer.compare(world.disk.readFile(`${zonePaths[2]}/${name}`), damaged), 0);
});
