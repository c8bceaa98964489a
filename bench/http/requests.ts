/**
 * What the HTTP and Database workloads ask: one table, items of about 1 KB, and the bytes of whole requests, made before the clock starts.
 *
 * Requests carry the headers of an AWS SDK; nobody checks the signature.
 */
export const tableName = "Bench";

export const tableDescription = {
  TableName: tableName,
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  BillingMode: "PAY_PER_REQUEST",
};

const data = "0123456789abcdef".repeat(60);

export type ItemKey = Record<"pk", { S: string }>;
export type BenchItem = Record<"pk" | "data", { S: string }> &
  Record<"count", { N: string }> &
  Record<"tags", { SS: string[] }>;

export function keyOfItem(number: number): ItemKey {
  return { pk: { S: `item-${String(number).padStart(10, "0")}` } };
}

export function itemOf(number: number): BenchItem {
  return { ...keyOfItem(number), count: { N: String(number) }, data: { S: data }, tags: { SS: ["a", "b"] } };
}

export function requestBytes(operation: string, input: object): Buffer {
  const body = JSON.stringify(input);
  const head = [
    "POST / HTTP/1.1",
    "Host: 127.0.0.1",
    "Content-Type: application/x-amz-json-1.0",
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Amz-Target: DynamoDB_20120810.${operation}`,
    "X-Amz-Date: 20260101T000000Z",
    "Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=b",
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

export function getItemRequest(number: number): Buffer {
  return requestBytes("GetItem", { TableName: tableName, Key: keyOfItem(number) });
}

export function putItemRequest(number: number): Buffer {
  return requestBytes("PutItem", { TableName: tableName, Item: itemOf(number) });
}
