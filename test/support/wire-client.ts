/**
 * A client of the wire protocol on kept connections: much cheaper than an SDK, and it never tries again by itself.
 *
 * A call ends in one of four ways: an answer; a `Refused` (the service says that it did not do it); an `Unanswered` (the connection
 * broke, so that nobody knows whether it was done); or a `Failed`: the service says that something is wrong with it, which no kill explains.
 */
import { Agent, request } from "node:http";

export class Refused extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(`${name}: ${message}`);
  }
}

export class Unanswered extends Error {}

export class Failed extends Error {}

export class WireClient {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  call<Output = Record<string, unknown>>(operationName: string, input: object): Promise<Output> {
    const body = JSON.stringify(input);
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operationName}`,
      "content-length": Buffer.byteLength(body),
    };
    return new Promise((resolve, reject) => {
      const lost = (error: Error): void => reject(new Unanswered(`${operationName}: ${error.message}`));
      const sent = request(this.url, { method: "POST", agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", lost);
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve((answer === "" ? {} : JSON.parse(answer)) as Output);
          else reject(errorOf(response.statusCode ?? 0, answer));
        });
      });
      sent.on("error", lost);
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function errorOf(statusCode: number, answer: string): Error {
  if (statusCode !== 400) return new Failed(`status ${statusCode}: ${answer}`);
  const { __type = "", message = "", Message = message } = JSON.parse(answer) as Record<string, string>;
  return new Refused(__type.replace(/^.*#/, ""), Message);
}

/** A table whose items have the partition key `pk`, a string, and nothing else in their key. */
export async function createTable(client: WireClient, TableName: string): Promise<void> {
  await client.call("CreateTable", {
    TableName,
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
  });
}

/** Every item of a table, strongly consistent. */
export async function scanAll<Item>(client: WireClient, TableName: string): Promise<Item[]> {
  const items: Item[] = [];
  let ExclusiveStartKey: object | undefined;
  do {
    const input = {
      TableName,
      ConsistentRead: true,
      ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
    };
    const page = await client.call<{ Items: Item[]; LastEvaluatedKey?: object }>("Scan", input);
    items.push(...page.Items);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}
