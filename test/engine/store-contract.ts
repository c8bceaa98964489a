/**
 * What every store must do, whatever stands below it: the engine on the real machine, on the simulated one, with one zone and three,
 * and the model that the tables are tested on.
 */
import t, { type Test } from "tap";
import type { EntryPair, IterateOptions, StoreContract, TreeContract } from "../../src/engine/contract.js";

/** Runs `body` with a new store, lets it settle, and closes the store. */
export type WithStore = (t: Test, body: (store: StoreContract) => Promise<void>) => Promise<void>;

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
}

async function entries(tree: TreeContract, options?: IterateOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const [key, value] of tree.iterate(options)) found.push(`${text(key) ?? ""}=${text(value) ?? ""}`);
  return found;
}

async function fill(tree: TreeContract, keys: Iterable<string>): Promise<void> {
  await Promise.all(Array.from(keys, (key) => tree.put(key, key.toUpperCase())));
}

export function storeContract(name: string, withStore: WithStore): void {
  const test = (title: string, body: (t: Test, store: StoreContract) => Promise<void>): void => {
    t.test(`${name}: ${title}`, (t) => withStore(t, (store) => body(t, store)));
  };

  test("what is put is got, by strings, Buffers and Uint8Arrays alike", async (t, store) => {
    const tree = await store.tree("a");
    await tree.put("ключ", "значение");
    await tree.put(Buffer.from("b"), Buffer.from([0, 1, 255]));
    await tree.put(new Uint8Array([1, 2]), new Uint8Array([3]));
    t.equal(text(await tree.get(Buffer.from("ключ"))), "значение");
    t.same(tree.getSync("b"), Buffer.from([0, 1, 255]));
    t.same(await tree.get(Uint8Array.of(1, 2)), Buffer.from([3]));
    t.equal(await tree.get("nothing"), undefined);
    t.equal(tree.getSync("nothing"), undefined);
  });

  test("the empty key, the empty value, keys that begin others", async (t, store) => {
    const tree = await store.tree("a");
    for (const key of ["", "a", "ab", "abc", "b"]) await tree.put(key, "");
    t.same(await entries(tree), ["=", "a=", "ab=", "abc=", "b="]);
    t.equal(text(tree.getSync("")), "");
  });

  test("a later put wins, a deletion hides, a put brings back", async (t, store) => {
    const tree = await store.tree("a");
    await tree.put("k", "1");
    await tree.put("k", "2");
    t.equal(text(tree.getSync("k")), "2");
    await tree.delete("k");
    t.equal(tree.getSync("k"), undefined);
    t.same(await entries(tree), []);
    tree.putSync("k", "3");
    t.equal(text(tree.getSync("k")), "3");
    tree.deleteSync("k");
    t.equal(await tree.get("k"), undefined);
    await tree.delete("never there");
  });

  test("a write is visible before its promise settles", async (t, store) => {
    const tree = await store.tree("a");
    const written = tree.put("k", "v");
    t.equal(text(tree.getSync("k")), "v");
    t.ok(store.acknowledgedSequence <= store.appliedSequence);
    await written;
    t.equal(store.acknowledgedSequence, store.appliedSequence);
    t.equal(text(await tree.get("k", { consistency: "acknowledged" })), "v");
  });

  test("iterate in both directions, with every bound", async (t, store) => {
    const tree = await store.tree("a");
    await fill(tree, "abcdefg");
    const keys = async (options: IterateOptions): Promise<string> =>
      (await entries(tree, options)).map((entry) => entry[0]).join("");
    const cases: [IterateOptions, string][] = [
      [{}, "abcdefg"],
      [{ gt: "b" }, "cdefg"],
      [{ gte: "b" }, "bcdefg"],
      [{ lt: "e" }, "abcd"],
      [{ lte: "e" }, "abcde"],
      [{ gt: "b", lt: "e" }, "cd"],
      [{ gte: "bb", lte: "ee" }, "cde"],
      [{ gt: "g" }, ""],
      [{ gt: "e", lt: "b" }, ""],
      [{ limit: 2 }, "ab"],
      [{ limit: 0 }, ""],
      [{ gte: "c", limit: 3 }, "cde"],
    ];
    for (const [options, expected] of cases) {
      t.equal(await keys(options), expected, JSON.stringify(options));
      const { limit, ...bounds } = options;
      const backwards = Array.from(await keys(bounds))
        .reverse()
        .join("")
        .slice(0, limit);
      t.equal(await keys({ ...options, reverse: true }), backwards, `${JSON.stringify(options)} reversed`);
    }
  });

  test("nextMany gives what is asked for, then what is left, then nothing", async (t, store) => {
    const tree = await store.tree("a");
    await fill(tree, "abcde");
    const iterator = tree.iterate();
    const take = async (count: number): Promise<string> =>
      (await iterator.nextMany(count)).map(([key]: EntryPair) => text(key)).join("");
    t.equal(await take(2), "ab");
    t.equal(text((await iterator.next())?.[0]), "c");
    t.equal(await take(10), "de");
    t.equal(await take(1), "");
    t.equal(await iterator.next(), undefined);
    await iterator.close();
  });

  test("an iterator sees the state in which it was made", async (t, store) => {
    const tree = await store.tree("a");
    await fill(tree, "abc");
    const iterator = tree.iterate();
    await tree.put("b", "changed");
    await tree.delete("c");
    await tree.put("d", "new");
    t.same(
      (await iterator.nextMany(10)).map(([key, value]) => `${text(key) ?? ""}${text(value) ?? ""}`),
      ["aA", "bB", "cC"],
    );
    await iterator.close();
  });

  test("a snapshot keeps its state through flush and overwriting, until it is closed", async (t, store) => {
    const tree = await store.tree("a");
    await fill(tree, "abc");
    const snapshot = store.snapshot();
    await tree.put("a", "changed");
    await tree.delete("b");
    await store.flush();
    await tree.put("c", "changed");
    await store.flush();
    t.equal(text(await tree.get("a", { snapshot })), "A");
    t.same(await entries(tree, { snapshot }), ["a=A", "b=B", "c=C"]);
    t.same(await entries(tree), ["a=changed", "c=changed"]);
    snapshot.close();
    snapshot.close();
    t.throws(() => tree.getSync("a", { snapshot }), { code: "STORE_CLOSED" });
  });

  test("a batch over several trees is applied whole", async (t, store) => {
    const [first, second] = [await store.tree("first"), await store.tree("second")];
    await first.put("gone", "soon");
    const batch = store.batch().put(first, "k", "1").put(second, "k", "2").delete(first, "gone").put(first, "k", "3");
    t.equal(batch.length, 4);
    const before = store.appliedSequence;
    await store.write(batch);
    t.equal(store.appliedSequence, before + 4);
    t.same(await entries(first), ["k=3"]);
    t.same(await entries(second), ["k=2"]);
    batch.clear();
    t.equal(batch.length, 0);
    await store.write(batch);
    t.equal(store.appliedSequence, before + 4);
  });

  test("trees are apart, named, dropped, and made anew empty", async (t, store) => {
    const [a, b] = [await store.tree("a"), await store.tree("b")];
    t.equal(await store.tree("a"), a);
    const [c1, c2] = await Promise.all([store.tree("c"), store.tree("c")]);
    t.equal(c1, c2);
    await a.put("k", "a");
    await b.put("k", "b");
    t.same(store.treeNames(), ["a", "b", "c"]);
    await store.dropTree("a");
    await store.dropTree("not there");
    t.same(store.treeNames(), ["b", "c"]);
    await t.rejects(a.put("k", "v"), { code: "STORE_CLOSED" });
    await t.rejects(store.write(store.batch().put(a, "k", "v")), { code: "STORE_CLOSED" });
    const again = await store.tree("a");
    t.equal(await again.get("k"), undefined);
    t.equal(text(await b.get("k")), "b");
  });

  test("large values and many entries", async (t, store) => {
    const tree = await store.tree("a");
    const large = Buffer.alloc(400_000, "0123456789");
    await tree.put("large", large);
    const writes: Promise<void>[] = [];
    for (let i = 0; i < 2000; i++) writes.push(tree.put(`key ${String(i).padStart(5, "0")}`, `value ${i}`));
    await Promise.all(writes);
    t.same(await tree.get("large"), large);
    const all = await entries(tree, { lt: "large" });
    t.equal(all.length, 2000);
    t.equal(all[1999], "key 01999=value 1999");
    await store.flush();
    t.same(await tree.get("large"), large);
    t.equal((await entries(tree, { lt: "large", reverse: true }))[0], "key 01999=value 1999");
    t.ok(tree.approximateBytes() > 400_000 / 10);
  });

  test("wrong arguments are refused and change nothing", async (t, store) => {
    const tree = await store.tree("a");
    const wrong = 1 as unknown as string;
    await t.rejects(tree.put(wrong, "v"), { code: "INVALID_ARGUMENT" });
    await t.rejects(tree.put("k", wrong), { code: "INVALID_ARGUMENT" });
    await t.rejects(tree.get(wrong), { code: "INVALID_ARGUMENT" });
    t.throws(() => tree.putSync("k", wrong), { code: "INVALID_ARGUMENT" });
    t.throws(() => tree.iterate({ gt: wrong }), { code: "INVALID_ARGUMENT" });
    await t.rejects(store.tree(""), { code: "INVALID_ARGUMENT" });
    await t.rejects(store.tree("x".repeat(513)), { code: "INVALID_ARGUMENT" });
    t.throws(() => store.batch().put(tree, wrong, "v"), { code: "INVALID_ARGUMENT" });
    t.equal(store.appliedSequence, 0);
  });

  test("after close every call is refused, and close may be called again", async (t, store) => {
    const tree = await store.tree("a");
    await tree.put("k", "v");
    await store.close();
    await store.close();
    await t.rejects(tree.put("k", "v"), { code: "STORE_CLOSED" });
    await t.rejects(tree.get("k"), { code: "STORE_CLOSED" });
    t.throws(() => tree.getSync("k"), { code: "STORE_CLOSED" });
    t.throws(() => store.snapshot(), { code: "STORE_CLOSED" });
    await t.rejects(store.tree("b"), { code: "STORE_CLOSED" });
  });
}
