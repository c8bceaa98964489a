/**
 * GetItem and PutItem over HTTP, 32 connections, against `varve serve` and dynalite, each in a process of its own.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { concurrently } from "./drivers/driver.js";
import type { TrialResult } from "./trial.js";

export const httpWorkloads: Record<string, { title: string; defaultEntries: number }> = {
  "http-get": { title: "HTTP GetItem, 32 connections", defaultEntries: 50_000 },
  "http-put": { title: "HTTP PutItem, 32 connections", defaultEntries: 50_000 },
};

export const httpDrivers: Record<string, { durability: string; start: (directory: string) => Promise<Server> }> = {
  varve: { durability: "two of three zones, fdatasync", start: startVarve },
  dynalite: { durability: "no sync", start: startDynalite },
};

const connections = 32;
const items = 1000;

interface Server {
  child: ChildProcess;
  port: number;
}

async function listening(child: ChildProcess, pattern: RegExp): Promise<Server> {
  if (child.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const port = pattern.exec(line)?.[1];
    if (port !== undefined) return { child, port: Number(port) };
  }
  throw new Error("the server did not start");
}

function startVarve(directory: string): Promise<Server> {
  const main = join(dirname(fileURLToPath(import.meta.url)), "../src/cli/main.js");
  const child = spawn(process.execPath, [main, "serve", "--port", "0", "--data", directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return listening(child, /^listening on http:\/\/.*:(\d+)$/);
}

function startDynalite(directory: string): Promise<Server> {
  const main = createRequire(import.meta.url).resolve("dynalite");
  const script = `require(${JSON.stringify(main)})({ path: ${JSON.stringify(directory)}, createTableMs: 0 }).listen(0, "127.0.0.1", function () { console.log("port " + this.address().port); });`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  return listening(child, /^port (\d+)$/);
}

class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: connections });

  constructor(private readonly port: number) {}

  call(operation: string, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = {
        "content-type": "application/x-amz-json-1.0",
        "content-length": Buffer.byteLength(body),
        "x-amz-target": `DynamoDB_20120810.${operation}`,
        "x-amz-date": "20260101T000000Z",
        authorization:
          "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=b",
      };
      const sent = request(
        { port: this.port, host: "127.0.0.1", method: "POST", path: "/", agent: this.agent, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            if (response.statusCode === 200) resolve(text);
            else reject(new Error(`${String(response.statusCode)}: ${text}`));
          });
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function putBody(n: number): string {
  const id = `item-${String(n % items).padStart(8, "0")}`;
  return JSON.stringify({
    TableName: "Bench",
    Item: {
      pk: { S: id },
      count: { N: String(n) },
      data: { S: "0123456789abcdef".repeat(60) },
      tags: { SS: ["a", "b"] },
    },
  });
}

function getBody(n: number): string {
  return JSON.stringify({ TableName: "Bench", Key: { pk: { S: `item-${String(n % items).padStart(8, "0")}` } } });
}

async function createTable(client: Client): Promise<void> {
  await client.call(
    "CreateTable",
    JSON.stringify({
      TableName: "Bench",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  for (;;) {
    const description = await client.call("DescribeTable", JSON.stringify({ TableName: "Bench" }));
    if (description.includes('"ACTIVE"')) return;
  }
}

export async function httpTrial(
  workload: string,
  driverName: string,
  directory: string,
  requests: number,
): Promise<TrialResult> {
  const driver = httpDrivers[driverName];
  if (driver === undefined) throw new Error(`no driver ${driverName}`);
  const server = await driver.start(directory);
  const client = new Client(server.port);
  try {
    await createTable(client);
    await concurrently(items, connections, (n) => client.call("PutItem", putBody(n)));
    const operation = workload === "http-get" ? "GetItem" : "PutItem";
    const body = workload === "http-get" ? getBody : putBody;
    await concurrently(Math.min(5000, requests), connections, (n) => client.call(operation, body(n)));
    const startMs = performance.now();
    await concurrently(requests, connections, (n) => client.call(operation, body(n)));
    const seconds = (performance.now() - startMs) / 1000;
    return { operations: requests, seconds, residentMegabytes: 0 };
  } finally {
    client.close();
    server.child.kill();
    await once(server.child, "exit");
  }
}
