/**
 * kill -9 of the real server under load: every acknowledged item is there after the restart, nothing that was never sent is, and
 * the three zones hold equal segment files.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, paginateScan, PutItemCommand } from "@aws-sdk/client-dynamodb";
import t from "tap";
import { ServerProcess } from "../support/server-process.js";
import { segmentFiles, zoneNames } from "../support/zone-files.js";

const rounds = 6;
const writers = 8;

function clientOf(server: ServerProcess): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: server.url,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    maxAttempts: 1,
  });
}

/** What each key was last sent and last acknowledged as: a version number. */
interface Expected {
  sent: Map<string, number>;
  acknowledged: Map<string, number>;
}

async function write(client: DynamoDBClient, writer: number, expected: Expected, isOver: () => boolean): Promise<void> {
  for (let version = 1; !isOver(); version++) {
    const key = `writer-${writer}-${version % 50}`;
    const next = (expected.sent.get(key) ?? 0) + 1;
    expected.sent.set(key, next);
    const Item = { pk: { S: key }, version: { N: String(next) }, filler: { S: "x".repeat((version * 37) % 900) } };
    try {
      await client.send(new PutItemCommand({ TableName: "Kills", Item }));
      expected.acknowledged.set(key, next);
    } catch {
      return;
    }
  }
}

async function contents(client: DynamoDBClient): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const page of paginateScan({ client }, { TableName: "Kills", ConsistentRead: true })) {
    for (const item of page.Items ?? []) found.set(item["pk"]?.S as string, Number(item["version"]?.N));
  }
  return found;
}

t.test("kill -9 under load loses nothing acknowledged and invents nothing", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "varve-kill-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const expected: Expected = { sent: new Map(), acknowledged: new Map() };
  let server = await ServerProcess.start("--data", directory);
  await clientOf(server).send(
    new CreateTableCommand({
      TableName: "Kills",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  for (let round = 0; round < rounds; round++) {
    const client = clientOf(server);
    let over = false;
    const writing = Array.from({ length: writers }, (_, writer) => write(client, writer, expected, () => over));
    await new Promise((resolve) => setTimeout(resolve, 150 + 100 * round));
    await server.kill();
    over = true;
    await Promise.all(writing);
    client.destroy();

    server = await ServerProcess.start("--data", directory);
    const found = await contents(clientOf(server));
    const lost = [...expected.acknowledged].filter(([key, version]) => (found.get(key) ?? 0) < version);
    const invented = [...found].filter(([key, version]) => version > (expected.sent.get(key) ?? 0));
    t.same(lost, [], `round ${round}: nothing of ${expected.acknowledged.size} acknowledged keys is lost`);
    t.same(invented, [], `round ${round}: nothing is invented`);
    for (const [key, version] of found) expected.acknowledged.set(key, version);
  }
  t.equal(await server.stop(), 0, "stops cleanly");
  const [first, ...others] = zoneNames.map((name) => segmentFiles(join(directory, name)));
  t.ok(Object.keys(first ?? {}).length > 0, "there are segment files");
  for (const other of others) t.same(other, first, "the zones hold equal segment files");
});
