/**
 * The store of format version 1 in fixtures/format/v1 opens: all of it is read, written on and verified; on three zones, and with any one
 * of them lost. What must be in it is in store.json, noted when it was written.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import t, { type Test } from "tap";
import { type Expected, smallOptions, zoneNames } from "../../fixtures/format/fixture-store.js";
import { unpackTar } from "../../fixtures/format/tar.js";
import { decodeIndex } from "../../src/engine/sstable/index-decoder.js";
import { decodeFooter, footerBytes } from "../../src/engine/sstable/footer.js";
import { Store } from "../../src/engine/store.js";
import { readStatus } from "../../src/inspect/status.js";
import { verifyStore } from "../../src/inspect/verify.js";
import { realIo } from "../../src/io/real/index.js";
import { Database } from "../../src/tables/database.js";
import { root } from "../tidiness/sources.js";

const folder = join(root, "fixtures/format/v1");
const expected = JSON.parse(readFileSync(join(folder, "store.json"), "utf8")) as Expected;
const files = unpackTar(gunzipSync(readFileSync(join(folder, "store.tar.gz"))));

function copy(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "varve-v1-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
  }
  return directory;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

async function checkTrees(t: Test, store: Store): Promise<void> {
  for (const [name, entries] of Object.entries(expected.trees)) {
    const tree = await store.tree(name);
    const walked: [string, string][] = [];
    for await (const [key, value] of tree.iterate()) walked.push([base64(key), base64(value)]);
    t.same(walked, entries, `the entries of ${name}`);
    for (const [key, value] of entries) {
      const got = await tree.get(Buffer.from(key, "base64"));
      if (got === undefined || base64(got) !== value) t.fail(`get of ${key} in ${name}`);
    }
  }
  t.notOk(store.treeNames().includes(expected.droppedTree), "a dropped tree is gone");
  const many = await store.tree("many levels");
  t.equal(await many.get("key 44"), undefined, "a deleted key is not found");
}

async function checkTables(t: Test, database: Database): Promise<void> {
  t.same((await database.listTables({})).TableNames, Object.keys(expected.tables).sort());
  for (const [TableName, items] of Object.entries(expected.tables)) {
    const { Items = [] } = (await database.execute("Scan", { TableName })) as { Items?: Record<string, unknown>[] };
    const inOrder = (list: Record<string, unknown>[]): unknown[] =>
      [...list].sort((a, b) => (JSON.stringify([a["pk"], a["sk"]]) < JSON.stringify([b["pk"], b["sk"]]) ? -1 : 1));
    t.same(inOrder(Items), inOrder(items), `the items of ${TableName}`);
  }
  const Key = { pk: { S: "all types" }, sk: { N: "123.4" } };
  const { Item } = (await database.execute("GetItem", { TableName: "AllTypes", Key })) as { Item?: unknown };
  t.same(
    Item,
    expected.tables["AllTypes"]?.find(({ sk }) => (sk as { N: string }).N === "123.4"),
  );
}

async function check(t: Test, directory: string): Promise<void> {
  const store = await Store.open(directory, smallOptions);
  await checkTrees(t, store);
  const database = await Database.on(store, realIo());
  await checkTables(t, database);
  await database.close();
  await store.settled();
  await store.close();
}

/** Many writes a group. */
const lazily = { durability: "none" } as const;

async function writeOn(t: Test, directory: string): Promise<void> {
  const store = await Store.open(directory, smallOptions);
  const tree = await store.tree("many levels");
  for (let i = 0; i < 300; i++) await tree.put(`added ${i}`, `added ${i} `.repeat(10), lazily);
  await store.compact();
  const database = await Database.on(store, realIo());
  await database.execute("PutItem", { TableName: "NumberKeys", Item: { pk: { N: "1000" } } });
  await database.execute("DeleteItem", { TableName: "NumberKeys", Key: { pk: { N: "1000" } } });
  await database.close();
  for (let i = 0; i < 300; i++) await tree.delete(`added ${i}`, lazily);
  await store.settled();
  t.ok(store.stats().zones.every(({ state }) => state === "healthy"));
  await store.close();
}

t.test(
  "the fixture has what it should: levels, tombstones, both compressions, files without a filter, a log",
  async (t) => {
    const directory = copy(t);
    const status = await readStatus(realIo(), directory);
    const many = status.trees.find(({ name }) => name === "many levels");
    const levels = (many?.levels ?? []).filter((level) => level.files > 0);
    t.ok(levels.length >= 2, `${levels.length} levels`);
    t.ok(status.trees.some((tree) => tree.levels.some(({ tombstones }) => tombstones > 0)));
    t.ok((status.lastSequence ?? 0) > status.flushedSequence, "the log has what is in no SSTable");
    const compressions = new Set<number>();
    const filters = new Set<boolean>();
    for (const { path, bytes } of files.filter((file) => file.path.endsWith(".sst"))) {
      const fileNumber = parseInt(path.split("/").at(-1)!, 10);
      const place = { storeId: status.storeId, fileNumber, sizeBytes: bytes.length };
      const { index, filter } = decodeFooter(bytes.subarray(-footerBytes), place);
      filters.add(filter.storedLength > 0);
      const handles = decodeIndex(bytes.subarray(index.offset, index.offset + index.storedLength));
      for (const { compression } of handles) compressions.add(compression);
    }
    t.same([...compressions].sort(), [0, 1]);
    t.same([...filters].sort(), [false, true]);
  },
);

t.test("as it is it verifies clean", async (t) => {
  const { verdict, findings } = await verifyStore(realIo(), copy(t));
  t.same([verdict, findings.filter(({ severity }) => severity !== "note")], ["clean", []]);
});

for (const lost of [undefined, ...zoneNames]) {
  t.test(
    `${lost === undefined ? "three zones" : `without ${lost}`}: read, written on, verified, read again`,
    async (t) => {
      const directory = copy(t);
      if (lost !== undefined) rmSync(join(directory, lost), { recursive: true });
      await check(t, directory);
      await writeOn(t, directory);
      const { verdict, findings } = await verifyStore(realIo(), directory);
      t.same([verdict, findings.filter(({ severity }) => severity !== "note")], ["clean", []]);
      await check(t, directory);
    },
  );
}
