/**
 * Transactions and their tokens on the simulated world: what a power cut, a kill, time and a jumping clock leave of them.
 */
import t from "tap";
import { realIo } from "../../src/io/real/index.js";
import { SimulatedWorld } from "../../src/io/simulated/index.js";
import { Database } from "../../src/tables/database.js";
import { fingerprintOf } from "../../src/tables/request-tokens.js";
import { hashTable } from "../support/database-harness.js";
import { MemoryStore } from "../support/memory-store.js";
import { smallStore } from "../sim/option-sets.js";

const TableName = "Things";
const minuteMs = 60_000;
const ClientRequestToken = "token";
const treePrefix = "transaction-tokens/";

const Key = (pk: string) => ({ pk: { S: pk } });
const increment = (pk: string) => ({
  Update: {
    TableName,
    Key: Key(pk),
    UpdateExpression: "ADD n :one",
    ExpressionAttributeValues: { ":one": { N: "1" } },
  },
});
const names = ["a", "b", "c"];
const request = { ClientRequestToken, TransactItems: names.map(increment) };

function open(world: SimulatedWorld): Promise<Database> {
  return world.run(Database.open("/data", { ...smallStore, io: world.io, partitionsPerTable: 2 }));
}

async function newDatabase(seed: number): Promise<{ world: SimulatedWorld; database: Database }> {
  const world = new SimulatedWorld({ seed });
  const database = await open(world);
  await world.run(database.createTable(hashTable as never));
  return { world, database };
}

/** The counters, undefined where there is no item. */
async function counters(world: SimulatedWorld, database: Database): Promise<(string | undefined)[]> {
  const { Responses } = await world.run(
    database.transactGetItems({ TransactItems: names.map((pk) => ({ Get: { TableName, Key: Key(pk) } })) }),
  );
  return Responses.map(({ Item }) => (Item?.["n"] as { N: string } | undefined)?.N);
}

function tokenTrees(database: Database): string[] {
  return database.store.treeNames().filter((name) => name.startsWith(treePrefix));
}

t.test("a request replayed with the same token is idempotent for ten minutes, across a restart too", async (t) => {
  let { world, database } = await newDatabase(1);
  const replay = () => world.run(database.transactWriteItems(request));
  await replay();
  await replay();
  t.same(await counters(world, database), ["1", "1", "1"]);
  for (const mode of ["power", "kill"] as const) {
    world = world.crash({ mode });
    database = await open(world);
    await replay();
    t.same(await counters(world, database), ["1", "1", "1"], `after a restart (${mode})`);
  }
  await world.run(database.close());
  database = await open(world);
  await world.advance(9 * minuteMs);
  await replay();
  t.same(await counters(world, database), ["1", "1", "1"], "after nine minutes");
  const other = { ClientRequestToken, TransactItems: [increment("a")] };
  await t.rejects(world.run(database.transactWriteItems(other)), { name: "IdempotentParameterMismatchException" });
  await world.advance(minuteMs);
  await replay();
  t.same(await counters(world, database), ["2", "2", "2"], "after ten minutes it is a new request");
  await replay();
  t.same(await counters(world, database), ["2", "2", "2"]);
  await world.advance(11 * minuteMs);
  await world.run(database.transactWriteItems(other));
  t.same(await counters(world, database), ["3", "2", "2"], "or another one");
});

t.test("a power cut at any moment leaves a transaction whole with its token, or nothing of both", async (t) => {
  const { world: first, database } = await newDatabase(2);
  await first.run(database.close());
  const before = first.crash({ mode: "kill" });
  const whole = before.crash({ mode: "kill" });
  const opened = await open(whole);
  const openingCalls = whole.calls;
  await whole.run(opened.transactWriteItems(request));
  await whole.run(opened.close());
  const callCount = whole.calls - openingCalls;
  t.ok(callCount > 5, `${callCount} calls`);
  const outcomes = { whole: 0, nothing: 0 };
  for (let calls = 0; calls <= callCount; calls++) {
    const cut = before.crash({ mode: "kill" });
    const database = await open(cut);
    cut.crashAtCall(cut.calls + calls);
    const written = database.transactWriteItems(request).then(() => database.close());
    await cut.runToCrash(written);
    const world = cut.crash({ mode: calls % 3 === 0 ? "kill" : "power" });
    const again = await open(world);
    const found = await counters(world, again);
    if (new Set(found).size !== 1) t.fail(`after ${calls} calls: ${found.join()}`);
    outcomes[found[0] === undefined ? "nothing" : "whole"]++;
    await world.run(again.transactWriteItems(request));
    const replayed = await counters(world, again);
    if (replayed.some((n) => n !== "1")) t.fail(`replayed after ${calls} calls: ${replayed.join()}`);
  }
  t.ok(outcomes.whole > 0 && outcomes.nothing > 0, JSON.stringify(outcomes));
});

t.test("a clock that jumps neither forgets a token nor keeps it for ever", async (t) => {
  for (const jumpMs of [-60 * minuteMs, -minuteMs, 60 * minuteMs]) {
    const { world, database } = await newDatabase(3);
    const replay = () => world.run(database.transactWriteItems(request));
    await replay();
    world.clock.jump(jumpMs);
    await replay();
    t.same(await counters(world, database), ["1", "1", "1"], `${jumpMs} ms, while the store is open`);
    await world.advance(10 * minuteMs);
    await replay();
    t.same(await counters(world, database), ["2", "2", "2"], `${jumpMs} ms, and ten minutes later`);
  }
  const { world: before, database } = await newDatabase(4);
  await before.run(database.transactWriteItems(request));
  before.clock.jump(-60 * minuteMs);
  const world = before.crash();
  const again = await open(world);
  const replay = () => world.run(again.transactWriteItems(request));
  await replay();
  t.same(await counters(world, again), ["1", "1", "1"], "set back before a restart");
  await world.advance(21 * minuteMs);
  await replay();
  t.same(await counters(world, again), ["2", "2", "2"], "and much later");
});

t.test("old tokens go with their trees, while the store is open and when it opens", async (t) => {
  const { world, database } = await newDatabase(5);
  t.same(tokenTrees(database), [], "no tree before the first token");
  for (let minutes = 0; minutes < 90; minutes += 5) {
    await world.run(database.transactWriteItems({ ...request, ClientRequestToken: `token ${minutes}` }));
    await world.advance(5 * minuteMs);
    if (tokenTrees(database).length > 3) t.fail(`${tokenTrees(database).length} trees after ${minutes} minutes`);
  }
  t.ok(tokenTrees(database).length > 0);
  t.same(await counters(world, database), ["18", "18", "18"]);
  await world.advance(30 * minuteMs);
  const after = world.crash({ mode: "kill" });
  const again = await open(after);
  await after.advance(1000);
  t.same(tokenTrees(again), []);
  await after.run(again.close());
});

t.test("the same token at the same time is carried out once", async (t) => {
  const database = await Database.on(new MemoryStore(), realIo());
  await database.createTable(hashTable as never);
  const first = database.transactWriteItems(request);
  await t.rejects(database.transactWriteItems(request), {
    name: "TransactionInProgressException",
    message: "Transaction from previous request is still in progress",
  });
  await t.rejects(database.transactWriteItems({ ClientRequestToken, TransactItems: [increment("a")] }), {
    name: "IdempotentParameterMismatchException",
  });
  await first;
  await database.transactWriteItems(request);
  const { Item } = await database.getItem({ TableName, Key: Key("a"), ConsistentRead: true });
  t.same(Item?.["n"], { N: "1" });
});

t.test("a record is written in the batch of its transaction, and one that is damaged or newer is told", async (t) => {
  const store = new MemoryStore();
  const database = await Database.on(store, realIo());
  await database.createTable(hashTable as never);
  const batches = store.batchLengths.length;
  await database.transactWriteItems(request);
  t.same(store.batchLengths.slice(batches), [names.length + 1]);
  const tree = await store.tree(tokenTrees(database)[0] as string);
  const record = Buffer.from((await tree.get(ClientRequestToken)) ?? []).toString();
  t.match(record, /^\{"formatVersion":1,"fingerprint":"[0-9a-f]{64}","atMs":\d+\}$/);
  const fingerprint = "b05ada9a77e812112664bb1a33edd2048488bcbbc9684c3ff518642ce6135eff";
  t.equal(fingerprintOf([{ a: 1, b: { d: "x", c: [2, 1] } }]), fingerprint, "a fingerprint is the same for ever");
  t.equal(fingerprintOf([{ b: { c: [2, 1], d: "x" }, a: 1 }]), fingerprint);
  t.not(fingerprintOf([{ b: { c: [1, 2], d: "x" }, a: 1 }]), fingerprint);
  const cases: [string, { code: string }][] = [
    ['{"formatVersion":2}', { code: "FORMAT_NEWER" }],
    ['{"formatVersion":1,"fingerprint":"f"}', { code: "CORRUPTION" }],
    ["{", { code: "CORRUPTION" }],
  ];
  for (const [value, error] of cases) {
    await tree.put(ClientRequestToken, value);
    await t.rejects(database.transactWriteItems(request), error);
  }
  await store.tree(`${treePrefix}today`);
  await t.rejects(Database.on(store, realIo()), { code: "CORRUPTION" });
});
