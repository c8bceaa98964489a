import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, paginateQuery, paginateScan } from "@aws-sdk/lib-dynamodb";
import t, { type Test } from "tap";
import { mainScript, ServerProcess } from "../support/server-process.js";
import { root } from "../tidiness/sources.js";
import { plainEnvironment } from "../support/plain-environment.js";

interface Movie {
  year: number;
  title: string;
  info: { rating: number; directors: string[]; genres: string[] };
}

const moviesFile = join(root, "fixtures/movies.json");
const movies = JSON.parse(readFileSync(moviesFile, "utf8")) as Movie[];

async function varve(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return {
      code: 0,
      ...(await promisify(execFile)(process.execPath, [mainScript, ...args], { env: plainEnvironment })),
    };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

function load(file: string, ...args: string[]): ReturnType<typeof varve> {
  return varve("load", file, "--table", "Movies", "--partition-key", "year:N", "--sort-key", "title:S", ...args);
}

function documents(server: ServerProcess): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    endpoint: server.url,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  return DynamoDBDocumentClient.from(client);
}

function temporaryDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "varve-load-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function query(client: DynamoDBDocumentClient, input: object): Promise<Movie[]> {
  const found: Movie[] = [];
  const of1985 = { TableName: "Movies", KeyConditionExpression: "#y = :y", ExpressionAttributeNames: { "#y": "year" } };
  const merged = {
    ...of1985,
    ...input,
    ExpressionAttributeNames: {
      ...of1985.ExpressionAttributeNames,
      ...("names" in input ? (input.names as object) : {}),
    },
  };
  Reflect.deleteProperty(merged, "names");
  for await (const page of paginateQuery({ client }, merged)) found.push(...((page.Items ?? []) as Movie[]));
  return found;
}

t.test("movies are loaded through a server and found again", async (t) => {
  const directory = temporaryDirectory(t);
  const server = await ServerProcess.start("--data", directory);
  t.teardown(() => server.kill());
  const result = await load(moviesFile, "--endpoint", server.url);
  t.equal(result.code, 0, result.stderr);
  t.match(result.stdout, /^600 records loaded in .* 0 refused/m);

  const client = documents(server);
  const titles = movies.filter((movie) => movie.year === 1985).map((movie) => movie.title);
  titles.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const values = { ":y": 1985 };
  const forward = await query(client, { ExpressionAttributeValues: values });
  t.same(
    forward.map((movie) => movie.title),
    titles,
    "the movies of 1985 in title order",
  );
  const backward = await query(client, { ExpressionAttributeValues: values, ScanIndexForward: false });
  t.same(
    backward.map((movie) => movie.title),
    titles.reverse(),
    "and reversed",
  );

  const good = await query(client, {
    ExpressionAttributeValues: { ":y": 1985, ":r": 8 },
    FilterExpression: "info.rating > :r",
  });
  const expected = movies.filter((movie) => movie.year === 1985 && movie.info.rating > 8);
  t.equal(good.length, expected.length, "those with a rating above 8");

  const [projected] = await query(client, {
    ExpressionAttributeValues: values,
    ProjectionExpression: "title, info.rating, info.genres[0]",
    Limit: 1,
  });
  const same = movies.find((movie) => movie.year === 1985 && movie.title === projected?.title);
  t.same(
    projected,
    { title: same?.title, info: { rating: same?.info.rating, genres: [same?.info.genres[0]] } },
    "nested paths",
  );

  const seen = new Map<string, number>();
  for (let Segment = 0; Segment < 4; Segment++) {
    for await (const page of paginateScan({ client }, { TableName: "Movies", Segment, TotalSegments: 4 })) {
      for (const movie of (page.Items ?? []) as Movie[]) {
        const key = `${movie.year} ${movie.title}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }
    }
  }
  t.equal(seen.size, movies.length, "a parallel scan returns every movie");
  t.ok(
    [...seen.values()].every((count) => count === 1),
    "once",
  );
  t.equal(await server.stop(), 0);
});

t.test("bad records are refused with their line and reason, the rest is loaded", async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, "bad.json");
  const lines = [
    '{"year": 2000, "title": "good"}',
    '{"year": "2001", "title": "a string for a number"}',
    '{"year": 2002}',
    "rubbish",
    '{"year": 2003, "title": "good too"}',
    "[1]",
  ];
  writeFileSync(file, lines.join("\n"));
  const data = join(directory, "data");
  const result = await load(file, "--data", data, "--concurrency", "1");
  t.equal(result.code, 1);
  t.match(result.stdout, /^2 records loaded in .*, 4 refused/m);
  for (const expected of [
    /line 2: .*Type mismatch for key year/,
    /line 3: .*Missing the key title/,
    /line 4: not JSON/,
    /line 6: .*JSON object/,
  ]) {
    t.match(result.stderr, expected);
  }
  const stopped = await load(file, "--data", data, "--concurrency", "1", "--on-error", "stop");
  t.equal(stopped.code, 1);
  t.match(stopped.stdout, /^1 records loaded in .*, 1 refused/m);
});

t.test("a file that is not there, an endpoint that does not answer", async (t) => {
  t.match(await load("/nowhere.json"), { code: 2, stderr: /nowhere.json cannot be read/ });
  t.match(await load(moviesFile, "--endpoint", "http://127.0.0.1:1"), { code: 2, stderr: /does not answer/ });
});
