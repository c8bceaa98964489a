import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  paginateListTables,
  paginateQuery,
  paginateScan,
  waitUntilTableExists,
  waitUntilTableNotExists,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import t, { type Test } from "tap";
import { clientOf, rangeTable } from "../support/database-harness.js";
import { serve } from "./support.js";

async function connected(t: Test): Promise<DynamoDBClient> {
  const client = clientOf((await serve(t)).url);
  t.teardown(() => client.destroy());
  return client;
}

t.test("waiters see a table come and go", async (t) => {
  const client = await connected(t);
  await client.send(new CreateTableCommand(rangeTable() as never));
  const waiting = { client, minDelay: 1, maxWaitTime: 20 };
  t.match(await waitUntilTableExists(waiting, { TableName: "Ranged" }), { state: "SUCCESS" });
  await client.send(new DeleteTableCommand({ TableName: "Ranged" }));
  t.match(await waitUntilTableNotExists(waiting, { TableName: "Ranged" }), { state: "SUCCESS" });
});

t.test("paginators walk tables, queries and scans", async (t) => {
  const client = await connected(t);
  for (const TableName of ["Ranged", "Another", "Third"]) {
    await client.send(new CreateTableCommand({ ...rangeTable(), TableName } as never));
  }
  const names: string[] = [];
  for await (const page of paginateListTables({ client, pageSize: 1 }, {})) names.push(...(page.TableNames ?? []));
  t.same(names, ["Another", "Ranged", "Third"]);

  const Ranged = Array.from({ length: 25 }, (_, n) => ({
    PutRequest: { Item: { pk: { S: n % 5 === 0 ? "fives" : "others" }, sk: { N: String(n) } } },
  }));
  await client.send(new BatchWriteItemCommand({ RequestItems: { Ranged } }));
  const fives: (string | undefined)[] = [];
  const query = {
    TableName: "Ranged",
    KeyConditionExpression: "pk = :p",
    ExpressionAttributeValues: { ":p": { S: "fives" } },
    ScanIndexForward: false,
    ConsistentRead: true,
  };
  for await (const page of paginateQuery({ client, pageSize: 2 }, query)) {
    fives.push(...(page.Items ?? []).map(({ sk }) => sk?.N));
  }
  t.same(fives, ["20", "15", "10", "5", "0"]);
  let scanned = 0;
  for await (const page of paginateScan({ client, pageSize: 4 }, { TableName: "Ranged", ConsistentRead: true })) {
    scanned += page.Items?.length ?? 0;
  }
  t.equal(scanned, 25);
});

t.test("the document client speaks plain JavaScript", async (t) => {
  const client = await connected(t);
  await client.send(new CreateTableCommand(rangeTable() as never));
  const documents = DynamoDBDocumentClient.from(client);
  const Item = {
    pk: "a",
    sk: 1,
    name: "Varve",
    tags: new Set(["x", "y"]),
    nested: { elements: [1, "two", null, true, { three: 3 }], bytes: new Uint8Array([1, 2, 3]) },
  };
  await documents.send(new PutCommand({ TableName: "Ranged", Item }));
  const key = { TableName: "Ranged", Key: { pk: "a", sk: 1 }, ConsistentRead: true };
  t.same((await documents.send(new GetCommand(key))).Item, Item);
  const { Attributes } = await documents.send(
    new UpdateCommand({
      TableName: "Ranged",
      Key: { pk: "a", sk: 1 },
      UpdateExpression: "SET nested.elements[1] = :v REMOVE tags",
      ExpressionAttributeValues: { ":v": 2 },
      ReturnValues: "ALL_NEW",
    }),
  );
  t.match(Attributes, { nested: { elements: [1, 2, null, true, { three: 3 }] } });
  const { Items } = await documents.send(
    new QueryCommand({
      TableName: "Ranged",
      KeyConditionExpression: "pk = :p AND sk BETWEEN :low AND :high",
      ExpressionAttributeValues: { ":p": "a", ":low": 0, ":high": 5 },
      ProjectionExpression: "nested.#e[4]",
      ExpressionAttributeNames: { "#e": "elements" },
      ConsistentRead: true,
    }),
  );
  t.same(Items, [{ nested: { elements: [{ three: 3 }] } }]);
});
