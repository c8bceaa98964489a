/**
 * One zone deleted and another with flipped bytes, on the real disk under real tables: nothing is lost, nothing wrong is returned, the healing
 * is counted, and in the end the three zones are equal.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { Store } from "../../src/engine/store.js";
import { realIo } from "../../src/io/real/index.js";
import { Database } from "../../src/tables/database.js";
import { segmentFiles, zoneNames } from "../support/zone-files.js";

const itemCount = 3000;
const TableName = "Movies";

function item(n: number): { pk: { S: string }; sk: { N: string }; plot: { S: string } } {
  return { pk: { S: `group ${n % 17}` }, sk: { N: String(n) }, plot: { S: `plot ${n} `.repeat(1 + (n % 30)) } };
}

async function fill(database: Database): Promise<void> {
  await database.createTable({
    TableName,
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "N" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    BillingMode: "PAY_PER_REQUEST",
  });
  await Promise.all(Array.from({ length: itemCount }, (_, n) => database.putItem({ TableName, Item: item(n) })));
}

/** How many of the items a scan returns as they were written. */
async function countRight(database: Database): Promise<number> {
  let right = 0;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await database.scan({
      TableName,
      ConsistentRead: true,
      ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey: ExclusiveStartKey }),
    });
    for (const found of page.Items ?? []) {
      const n = Number((found["sk"] as { N: string }).N);
      if ((found["plot"] as { S: string }).S === item(n).plot.S) right++;
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return right;
}

function flipBytes(zone: string): number {
  let flipped = 0;
  for (const name of readdirSync(zone).filter((file) => file.endsWith(".sst"))) {
    const bytes = readFileSync(join(zone, name));
    for (let offset = 50; offset < bytes.length; offset += 5000, flipped++)
      bytes[offset] = (bytes[offset] as number) ^ 0x10;
    writeFileSync(join(zone, name), bytes);
  }
  return flipped;
}

t.test("one zone deleted, one with flipped bytes: all is there, healed and counted", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "varve-zones-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const io = realIo();
  t.teardown(() => io.threads.close());
  let store = await Store.open(directory, { io });
  let database = await Database.on(store, io);
  await fill(database);
  await store.flush();
  await database.close();
  await store.close();

  const [a, b] = zoneNames.map((name) => join(directory, name)) as [string, string, string];
  rmSync(b, { recursive: true });
  t.ok(flipBytes(a) > 10, "bytes were flipped");

  store = await Store.open(directory, { io });
  database = await Database.on(store, io);
  t.equal(await countRight(database), itemCount, "every item is there and right");
  await store.settled();
  await store.scrub();
  await store.settled();
  const { counters, zones } = store.stats();
  t.ok(counters.zonesHealed >= 1, "the deleted zone was rebuilt");
  t.ok(counters.blocksHealed >= 1, `${counters.blocksHealed} blocks healed`);
  t.ok(
    zones.every(({ state }) => state === "healthy"),
    "all zones are healthy",
  );
  t.equal(await countRight(database), itemCount);
  await database.close();
  await store.close();
  const [first, ...others] = zoneNames.map((name) => segmentFiles(join(directory, name)));
  for (const other of others) t.same(other, first, "the zones hold equal segment files");
});
