import t from "tap";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { native, type NativeMemtable, type NativeTreeReader } from "../../src/native.js";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function openReader(...memtables: NativeMemtable[]): NativeTreeReader {
  const reader = new native.TreeReader(new native.BlockCache(0), new Float64Array(7));
  reader.setState(memtables, []);
  return reader;
}

function getText(reader: NativeTreeReader, key: string, sequence = Number.MAX_SAFE_INTEGER): string | undefined {
  const out = new Uint8Array(1000);
  const length = reader.get(key, sequence, out);
  return length < 0 ? undefined : Buffer.from(out.subarray(0, length)).toString();
}

/** Collects garbage until `gone` holds. */
async function collect(gone: () => boolean): Promise<boolean> {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  for (let i = 0; i < 10 && !gone(); i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return gone();
}

function isAttachable(id: number): boolean {
  try {
    native.attachMemtable(id).close();
    return true;
  } catch {
    return false;
  }
}

t.test("put and delete write their records to the log and apply them", async (t) => {
  const memtable = new native.Memtable(300);
  const log = new Uint8Array(64).fill(0xcc);
  const end = memtable.put(7, "ab", "xyz", log, 3);
  t.equal(end, 13);
  t.same([...log.subarray(0, 14)], [0xcc, 0xcc, 0xcc, 1, 0xac, 0x02, 2, 97, 98, 3, 120, 121, 122, 0xcc]);
  t.equal(memtable.delete(8, encode("ab"), log, end), 19);
  t.same([...log.subarray(13, 20)], [2, 0xac, 0x02, 2, 97, 98, 0xcc]);
  t.equal(memtable.entryCount(), 2);
  t.equal(memtable.treeId, 300);
  const reader = openReader(memtable);
  t.equal(getText(reader, "ab", 6), undefined);
  t.equal(getText(reader, "ab", 7), "xyz");
  t.equal(getText(reader, "ab", 8), undefined);
});

t.test("a log without room for the record takes nothing", async (t) => {
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(20).fill(0xcc);
  t.equal(memtable.put(1, "key", "value", log, 9), -1);
  t.equal(memtable.delete(1, "key", log, 15), -1);
  t.equal(memtable.delete(1, "key", log, 20), -1);
  t.ok(log.every((byte) => byte === 0xcc));
  t.equal(memtable.entryCount(), 0);
  t.equal(memtable.put(1, "key", "value", log, 8), 20, "it fits exactly");
});

t.test("strings stand for their UTF-8 bytes, whatever their length", async (t) => {
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(8 << 20);
  const texts = ["", "é", "\u{1f600}", "a\0b", "\ud800 alone", "x".repeat(4090), "x".repeat(4091), "é".repeat(2046)];
  texts.push("€".repeat(1364), "€".repeat(1365), "\u{1f600}".repeat(1023), "\u{1f600}".repeat(1024), "y".repeat(2 << 20));
  for (const text of texts) {
    const asString = memtable.put(1, "key", text, log, 0);
    const record = log.slice(0, asString);
    t.equal(memtable.put(2, encode("key"), encode(text), log, 0), asString);
    t.ok(Buffer.from(record).equals(log.subarray(0, asString)), `${text.slice(0, 9)} of ${text.length}`);
  }
  t.equal(memtable.put(3, "k".repeat(65536), "", log, 0), 1 + 1 + 3 + 65536 + 1);
  const out = new Uint8Array(1);
  t.equal(openReader(memtable).get(encode("k".repeat(65536)), 3, out), 0);
});

t.test("a key that lies where the record is written: log and memtable agree", async (t) => {
  const memtable = new native.Memtable(1);
  const log = encode("the key is in here, at the start of this log");
  memtable.put(1, log.subarray(2, 7), "v", log, 0);
  t.equal(openReader(memtable).get(log.subarray(3, 8), 1, new Uint8Array(1)), 1);
  memtable.put(2, log.subarray(20, 27), "w", log, 0);
  t.equal(getText(openReader(memtable), "at the "), "w");
});

t.test("memory grows by the entries and an idle memtable is small", async (t) => {
  const memtable = new native.Memtable(1);
  t.ok(memtable.memoryBytes() < 1024);
  const log = new Uint8Array(1000);
  memtable.put(1, "key", "value", log, 0);
  t.ok(memtable.memoryBytes() < 12_000);
  for (let i = 0; i < 1000; i++) memtable.put(2 + i, `key ${i}`, "x".repeat(900), log, 0);
  t.ok(memtable.memoryBytes() > 900_000 && memtable.memoryBytes() < 2_200_000, `${memtable.memoryBytes()}`);
});

t.test("a frozen memtable is read and no longer written", async (t) => {
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(100);
  memtable.put(1, "a", "1", log, 0);
  memtable.freeze();
  memtable.freeze();
  t.throws(() => memtable.put(2, "a", "2", log, 0), { code: "INVARIANT" });
  t.throws(() => memtable.delete(2, "a", log, 0), { code: "INVARIANT" });
  t.throws(() => new native.MemtableSet().set(memtable), { code: "INVARIANT" });
  t.equal(getText(openReader(memtable), "a"), "1");
});

t.test("a closed handle is refused, what shares the memtable goes on", async (t) => {
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(100);
  memtable.put(1, "a", "1", log, 0);
  const reader = openReader(memtable);
  memtable.close();
  memtable.close();
  t.throws(() => memtable.put(2, "a", "2", log, 0), { code: "STORE_CLOSED" });
  t.throws(() => memtable.memoryBytes(), { code: "STORE_CLOSED" });
  t.throws(() => reader.setState([memtable], []), TypeError);
  t.throws(() => new native.MemtableSet().set(memtable), { code: "STORE_CLOSED" });
  t.equal(getText(reader, "a"), "1");
  t.equal(native.attachMemtable(memtable.id).entryCount(), 1);
});

t.test("arguments and receivers of a wrong type throw a TypeError", async (t) => {
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(100);
  const wrong = (value: unknown): never => value as never;
  for (const call of [
    () => memtable.put(wrong("1"), "k", "v", log, 0),
    () => memtable.put(-1, "k", "v", log, 0),
    () => memtable.put(2 ** 53, "k", "v", log, 0),
    () => memtable.put(1, wrong(5), "v", log, 0),
    () => memtable.put(1, wrong(new Float64Array(1)), "v", log, 0),
    () => memtable.put(1, "k", wrong(undefined), log, 0),
    () => memtable.put(1, "k", "v", wrong([]), 0),
    () => memtable.put(1, "k", "v", log, -1),
    () => memtable.put(1, "k", "v", log, 101),
    () => void Reflect.apply(memtable.put, memtable, []),
    () => memtable.delete(1, wrong(null), log, 0),
    () => memtable.delete(1, "k", wrong("log"), 0),
    () => Reflect.apply(memtable.entryCount, {}, []),
    () => Reflect.apply(memtable.entryCount, new native.MemtableSet(), []),
    () => Reflect.apply(memtable.close, new native.BlockCache(0), []),
    () => Reflect.apply(memtable.freeze, Object.create(memtable), []),
    () => void Reflect.apply(native.Memtable, memtable, [1]),
    () => new native.Memtable(wrong("1")),
    () => new native.Memtable(2 ** 32),
    () => new native.MemtableSet().set(wrong(new native.BlockCache(0))),
    () => new native.MemtableSet().set(wrong({})),
    () => new native.MemtableSet().remove(wrong("1")),
    () => native.attachMemtable(wrong("1")),
  ]) {
    t.throws(call, TypeError, call.toString());
  }
  t.equal(memtable.entryCount(), 0);
});

t.test("put and delete belong to their memtable, whatever they are called on, and keep it", async (t) => {
  const makePut = (): [number, NativeMemtable["put"]] => {
    const { id, put } = new native.Memtable(1);
    return [id, put];
  };
  const [id, put] = makePut();
  t.notOk(await collect(() => !isAttachable(id)));
  const log = new Uint8Array(100);
  t.equal(put(1, "a", "1", log, 0), 6);
  t.equal(Reflect.apply(put, new native.MemtableSet(), [2, "b", "2", log, 0]), 6);
  t.equal(native.attachMemtable(id).entryCount(), 2);
});

t.test("a set applies a payload to the memtables of its trees, whole or not at all", async (t) => {
  const [one, two] = [new native.Memtable(1), new native.Memtable(2)];
  const set = new native.MemtableSet();
  set.set(one);
  set.set(two);
  const scratch = [new native.Memtable(1), new native.Memtable(2)];
  const payload = new Uint8Array(100);
  const start = 5;
  const second = scratch[0]!.put(0, "a", "1", payload, start);
  const third = scratch[1]!.put(0, "a", "2", payload, second);
  const end = scratch[0]!.delete(0, "a", payload, third);

  t.equal(set.apply(payload, start, end - 1, 10), -1 - third, "the last record is cut off");
  payload[second] = 9;
  t.equal(set.apply(payload, start, end, 10), -1 - second, "a type that there is not");
  payload[second] = 1;
  set.remove(2);
  t.equal(set.apply(payload, start, end, 10), -1 - second, "a tree without a memtable");
  t.equal(one.entryCount() + two.entryCount(), 0);

  set.set(two);
  t.equal(set.apply(payload, start, end, 10), 3);
  t.equal(set.apply(payload, start, start, 10), 0);
  const reader = openReader(one);
  t.equal(getText(reader, "a", 9), undefined);
  t.equal(getText(reader, "a", 11), "1");
  t.equal(getText(reader, "a", 12), undefined);
  t.equal(getText(openReader(two), "a", 11), "2");
  t.equal(set.apply(payload, start, end, 10), 3, "the same again, as a replay does");
  t.equal(one.entryCount() + two.entryCount(), 3);

  for (const [from, to, sequence] of [[2, 1, 1], [0, 101, 1], [-1, 5, 1], [0, 50, Number.MAX_SAFE_INTEGER]] as const) {
    t.throws(() => set.apply(payload, from, to, sequence), TypeError);
  }
});

t.test("another thread attaches a memtable and reads it once it is frozen", async (t) => {
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(1000);
  memtable.put(1, "a", "one", log, 0);
  const worker = new Worker(new URL("./memtable-worker.js", import.meta.url), { workerData: memtable.id });
  t.same(await once(worker, "message"), [["INVARIANT", "INVARIANT", "INVARIANT"]], "it is refused before");
  for (let i = 0; i < 1000; i++) memtable.put(2 + i, `key ${i}`, "two", log, 0);
  memtable.freeze();
  worker.postMessage("frozen");
  t.same(await once(worker, "message"), [{ entryCount: 1001, value: "two", walked: 1001 }]);
  await once(worker, "exit");
  t.equal(memtable.entryCount(), 1001);
});

t.test("a memtable goes with its last handle, reader, iterator or set", async (t) => {
  // Objects are made in functions of their own, so that no register of this one still holds them.
  const makeSet = (): [number, object] => {
    const memtable = new native.Memtable(1);
    const set = new native.MemtableSet();
    set.set(memtable);
    return [memtable.id, set];
  };
  const makeReader = (): [number, NativeTreeReader] => {
    const memtable = new native.Memtable(1);
    return [memtable.id, openReader(memtable)];
  };
  const alone = (() => new native.Memtable(1).id)();
  const [read, reader] = makeReader();
  const holder = { set: makeSet() as [number, object] | undefined };
  const written = holder.set![0];

  t.ok(await collect(() => !isAttachable(alone)), "a handle that nobody has");
  t.ok(isAttachable(read), "the reader holds it");
  t.ok(isAttachable(written), "the set holds it");
  const iterator = new native.TreeIterator(reader, 1, {}, new Float64Array(7));
  reader.setState([], []);
  t.notOk(await collect(() => !isAttachable(read)), "the iterator holds it");
  iterator.close();
  t.ok(await collect(() => !isAttachable(read)));
  holder.set = undefined;
  t.ok(await collect(() => !isAttachable(written)));
  t.throws(() => native.attachMemtable(alone), { code: "STORE_CLOSED" });
});
