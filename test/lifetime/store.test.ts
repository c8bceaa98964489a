/**
 * What a store gave out may outlive it: iterators, snapshots, trees, batches and buffers, used after close or while closing, in any order.
 * They answer with a code, never with a crash, and bytes that were read stay as they were.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Store } from "../../src/engine/store.js";
import type { Tree } from "../../src/engine/tree.js";
import { SeededRandom } from "../../src/io/simulated/index.js";

const entryCount = 3000;

function valueOf(i: number): string {
  return `value ${i} `.repeat(20);
}

async function filled(t: Test): Promise<{ store: Store; tree: Tree }> {
  const directory = mkdtempSync(join(tmpdir(), "varve-lifetime-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const store = await Store.open(directory, { blockCacheBytes: 64 * 1024, memtableBytes: 256 * 1024 });
  const tree = await store.tree("tree");
  for (let i = 0; i < entryCount; i++) tree.putSync(`key ${i}`, valueOf(i));
  await store.flush();
  for (let i = 0; i < 100; i++) tree.putSync(`key ${i}`, valueOf(i));
  return { store, tree };
}

/** Uses up memory that may have been freed, so that what still points there would change. */
function churn(): void {
  const pieces = Array.from({ length: 200 }, () => Buffer.alloc(64 * 1024, 0xcc));
  if (pieces.some((piece) => piece[0] !== 0xcc)) throw new Error("unreachable");
}

t.test("bytes that were read stay as they were after the store is closed", async (t) => {
  const { store, tree } = await filled(t);
  const values = await Promise.all(Array.from({ length: entryCount }, (_, i) => tree.get(`key ${i}`)));
  const walked = await tree.iterate().nextMany(entryCount);
  const sync = tree.getSync("key 7");
  await store.close();
  churn();
  const wrong = values.filter((value, i) => Buffer.from(value!).toString() !== valueOf(i));
  t.equal(wrong.length, 0);
  t.equal(walked.length, entryCount);
  for (const [key, value] of walked) {
    const i = Number(Buffer.from(key).toString().slice("key ".length));
    if (Buffer.from(value).toString() !== valueOf(i)) t.fail(`the value of key ${i} changed`);
  }
  t.equal(Buffer.from(sync!).toString(), valueOf(7));
});

t.test("values may be changed by whoever got them: no reader sees it", async (t) => {
  const { store, tree } = await filled(t);
  for (const key of ["key 5", "key 2000"]) {
    (await tree.get(key))!.fill(0);
    tree.getSync(key)!.fill(0);
    t.equal(Buffer.from((await tree.get(key))!).toString(), valueOf(Number(key.slice(4))));
  }
  await store.close();
});

t.test("iterators and snapshots that outlive their store", async (t) => {
  const { store, tree } = await filled(t);
  const snapshot = store.snapshot();
  const fresh = tree.iterate({ snapshot });
  const begun = tree.iterate({ reverse: true });
  await begun.next();
  await store.close();
  churn();
  const outcomes = await Promise.allSettled([
    fresh.next(),
    begun.nextMany(entryCount),
    tree.get("key 1", { snapshot }),
  ]);
  for (const outcome of outcomes) t.match(outcome, { status: "rejected", reason: { code: "STORE_CLOSED" } });
  t.throws(() => tree.getSync("key 1"), { code: "STORE_CLOSED" });
  t.throws(() => tree.iterate(), { code: "STORE_CLOSED" });
  t.throws(() => tree.putSync("a", "b"), { code: "STORE_CLOSED" });
  t.throws(() => store.snapshot(), { code: "STORE_CLOSED" });
  t.throws(() => store.stats(), { code: "STORE_CLOSED" });
  await t.rejects(store.write(store.batch().put(tree, "a", "b")), { code: "STORE_CLOSED" });
  await Promise.all([fresh.close(), begun.close(), begun.close()]);
  snapshot.close();
  snapshot.close();
  await store.close();
});

t.test("closing in the middle of everything: each call settles, with its result or a code", async (t) => {
  const { store, tree } = await filled(t);
  const random = new SeededRandom(1);
  const iterators = Array.from({ length: 10 }, () => tree.iterate());
  const calls: Promise<unknown>[] = [];
  for (let i = 0; i < 300; i++) {
    calls.push(tree.get(`key ${random.below(entryCount)}`));
    if (i % 3 === 0) calls.push(tree.put(`new ${i}`, valueOf(i)));
    if (i % 10 === 0) calls.push(iterators[i % 10]!.nextMany(500));
  }
  calls.push(store.flush(), store.compact());
  const [outcomes] = await Promise.all([Promise.allSettled(calls), store.close()]);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") t.match(outcome.reason, { code: "STORE_CLOSED" });
  }
  t.ok(outcomes.some(({ status }) => status === "fulfilled"));
  await Promise.all(iterators.map((iterator) => iterator.close()));
});

t.test("a tree dropped under its iterators and reads", async (t) => {
  const { store, tree } = await filled(t);
  const iterator = tree.iterate();
  await iterator.next();
  const reads = Promise.allSettled(Array.from({ length: 50 }, (_, i) => tree.get(`key ${i * 50}`)));
  await store.dropTree("tree");
  churn();
  for (const outcome of await reads) {
    if (outcome.status === "rejected") t.match(outcome.reason, { code: "STORE_CLOSED" });
  }
  // What it pinned it still has: a walk that has begun goes on to its end.
  t.equal((await iterator.nextMany(entryCount)).length, entryCount - 1);
  await t.rejects(tree.get("key 1"), { code: "STORE_CLOSED" });
  const other = await store.tree("tree");
  t.equal(await other.get("key 1"), undefined);
  await iterator.close();
  await store.close();
});
