/**
 * The last frame of a log and the last edit of a manifest that were damaged at rest in every zone: a store that was closed knows that they were there.
 *
 * The symptom: a store of one zone, closed, one bit of its last frame flipped, opened without a word and without its last entries; and with
 * the last edit of the manifest, without the tree that was made last.
 */
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import { verifyStore } from "../../../src/inspect/verify.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

const options = { ...smallStore, memtableBytes: 1 << 20, zones: 1 } as const;

async function open(world: SimulatedWorld, rescue = false): Promise<Store> {
  return world.run(Store.open("/data", { ...options, rescue, io: world.io }));
}

/** Ten frames in the log; the tree "late" was made last. */
async function filled(seed: number): Promise<{ world: SimulatedWorld; store: Store }> {
  const world = new SimulatedWorld({ seed });
  const store = await open(world);
  const tree = await world.run(store.tree("tree"));
  for (let i = 0; i < 9; i++) await world.run(tree.put(`key ${i}`, `value ${i}`));
  const late = await world.run(store.tree("late"));
  await world.run(late.put("key", "value"));
  return { world, store };
}

function file(world: SimulatedWorld, pattern: RegExp): string {
  return `/data/zone-a/${world.disk.list("/data/zone-a").filter((name) => pattern.test(name))[0]!}`;
}

/** The frame of the file that is so many before its last one. */
function frameAt(world: SimulatedWorld, path: string, beforeLast: number): number {
  const bytes = Buffer.from(world.disk.readFile(path));
  const starts = Array.from({ length: bytes.length / 4096 }, (_, block) => block * 4096).filter((at) =>
    bytes.subarray(at, at + 4).equals(Buffer.from("VRVF")),
  );
  return starts.at(-1 - beforeLast)!;
}

t.test("the last frame of the log of a closed store: refused, verified as lost, rescued", async (t) => {
  const { world, store } = await filled(1);
  await world.run(store.close());
  const path = file(world, /\.log$/);
  world.disk.flip(path, frameAt(world, path, 0) + 100);
  await t.rejects(open(world), { code: "CORRUPTION", message: /ends at entry 9 .*ended at 10.*rescue/ });
  const { verdict, findings } = await world.run(verifyStore(world.io, "/data", { zones: 1 }));
  t.equal(verdict, "lost");
  t.ok(findings.some(({ severity, message }) => severity === "lost" && /ended at 10/.test(message)));
  const rescued = await open(world, true);
  t.ok((await world.run(rescued.tree("tree"))).getSync("key 8"), "what is before the loss is read");
  await world.run(rescued.close());
});

t.test("the last edit of the manifest of a closed store, in which a tree was made: refused", async (t) => {
  const { world, store } = await filled(2);
  await world.run(store.close());
  const path = file(world, /^manifest-/);
  world.disk.flip(path, frameAt(world, path, 1) + 100);
  await t.rejects(open(world), { code: "CORRUPTION", message: /lost edits/ });
});

t.test("what a process that was killed left may end anywhere", async (t) => {
  const { world, store } = await filled(3);
  await world.run(store.close());
  const again = await open(world);
  await world.run((await world.run(again.tree("tree"))).put("key 9", "value 9"));
  const killed = world.crash({ mode: "kill" });
  const path = file(killed, /000[2-9]\.log$/);
  killed.disk.flip(path, frameAt(killed, path, 0) + 100);
  const left = await open(killed);
  t.equal(left.appliedSequence, 10, "the end that the closing knew is there, the torn tail is not");
  await killed.run(left.close());
});

t.test("a log that is not needed any more is not missed", async (t) => {
  const { world, store } = await filled(4);
  await world.run(store.close());
  const again = await open(world);
  await world.run(again.dropTree("late"));
  await world.run(again.flush());
  const killed = world.crash({ mode: "power" });
  const left = await open(killed);
  t.ok((await killed.run(left.tree("tree"))).getSync("key 8"));
  await killed.run(left.close());
  const last = await open(killed);
  await killed.run(last.close());
});
