import t from "tap";
import { contract, hashTable, refuses } from "../../support/database-harness.js";

const ResourceArn = "arn:aws:dynamodb:us-east-1:000000000000:table/Things";
const tag = (Key: string, Value: string) => ({ Key, Value });

contract(t, "tags are added, changed, listed in pages and removed", async (t, db) => {
  await db.call("CreateTable", { ...hashTable, Tags: [tag("a", "1")] });
  await db.call("TagResource", { ResourceArn, Tags: [tag("a", "2"), tag("b", "3")] });
  t.same(await db.call("ListTagsOfResource", { ResourceArn }), { Tags: [tag("a", "2"), tag("b", "3")] });
  await db.call("UntagResource", { ResourceArn, TagKeys: ["a", "none"] });
  t.same(await db.call("ListTagsOfResource", { ResourceArn }), { Tags: [tag("b", "3")] });
  const Tags = Array.from({ length: 12 }, (_, n) => tag(`many${n}`, ""));
  await db.call("TagResource", { ResourceArn, Tags });
  const first = await db.call<{ Tags: object[]; NextToken: string }>("ListTagsOfResource", { ResourceArn });
  t.equal(first.Tags.length, 10);
  const { NextToken } = first;
  t.equal((await db.call<{ Tags: object[] }>("ListTagsOfResource", { ResourceArn, NextToken })).Tags.length, 3);
});

contract(t, "there are at most 50 tags, on tables that exist", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const many = (count: number, from = 0) => Array.from({ length: count }, (_, n) => tag(`k${from + n}`, ""));
  await db.call("TagResource", { ResourceArn, Tags: many(50) });
  await refuses(t, db, "TagResource", { ResourceArn, Tags: many(1, 50) }, { name: "ValidationException" });
  const input = { ResourceArn: `${ResourceArn}Not`, Tags: many(1) };
  await refuses(t, db, "TagResource", input, { name: "ResourceNotFoundException" });
});
