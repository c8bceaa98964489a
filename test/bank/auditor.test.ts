/**
 * The auditor of the bank: many clients move money in every way there is, the server is killed again and again, and the sum never changes.
 * VARVE_BANK_KILLS sets how many kills; VARVE_SEED who pays whom.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import type { StoreOptions } from "../../src/engine/options.js";
import { SeededRandom } from "../../src/io/simulated/index.js";
import { KillableServer } from "../support/killable-server.js";
import { createTable, Unanswered, WireClient } from "../support/wire-client.js";
import { type Account, Bank, opening, TableName } from "./bank.js";
import { JournalTransfer } from "./journal-transfer.js";
import { PairTransfer } from "./pair-transfer.js";
import { TransactionTransfer } from "./transaction-transfer.js";
import { type Transfer, update } from "./transfer.js";

const kills = Number(process.env["VARVE_BANK_KILLS"] ?? 3);
const seed = Number(process.env["VARVE_SEED"] ?? 1);
const clients = 8;
const transfersBetweenKills = 60;
/** Most reads go to the disk, so that a conditional write waits between its read and its write. */
const slowReads: StoreOptions = { memtableBytes: 4096, blockCacheBytes: 0 };

const random = new SeededRandom(seed);
const bank = new Bank(10, 3);
const kinds: readonly Transfer[] = [new PairTransfer(bank), new JournalTransfer(bank), new TransactionTransfer(bank)];
const done = new Map(kinds.map(({ name }) => [name, 0]));
/** Sums that were read while money moved and were not what they must be. */
const wrongSums: number[] = [];
let pairReads = 0;
let auditsAtOnce = 0;

const transfersDone = (): number => [...done.values()].reduce((sum, count) => sum + count, 0);

async function readPair(client: WireClient): Promise<void> {
  const sum = await bank.sumOfPair(client, random.below(bank.pairs), random.below(2) === 0);
  pairReads++;
  if (sum !== 2 * opening) wrongSums.push(sum);
}

async function auditAtOnce(client: WireClient): Promise<void> {
  const audit = await bank.auditAtOnce(client);
  if (audit === undefined) return;
  auditsAtOnce++;
  if (audit.sum !== bank.total) wrongSums.push(audit.sum);
}

async function step(client: WireClient): Promise<void> {
  const choice = random.below(8);
  if (choice === 0) return readPair(client);
  if (choice === 1) return auditAtOnce(client);
  const kind = random.pick(kinds);
  if (await kind.move(client, random)) done.set(kind.name, (done.get(kind.name) ?? 0) + 1);
}

/** Moves money until some of it has moved, then kills the server in the middle of it. */
async function moveUntilKilled(client: WireClient, server: KillableServer): Promise<void> {
  const enough = transfersDone() + 1 + random.below(2 * transfersBetweenKills);
  const state = { isOver: false, hasFailed: false };
  const tryStep = async (): Promise<void> => {
    try {
      await step(client);
    } catch (error) {
      if (!state.isOver || !(error instanceof Unanswered)) throw error;
    }
  };
  const work = async (): Promise<void> => {
    // All begin at the same moment, so that they meet.
    while (!state.isOver) await Promise.all(Array.from({ length: clients }, tryStep));
  };
  const working = work();
  working.catch(() => (state.hasFailed = true));
  while (transfersDone() < enough && !state.hasFailed) await sleep(2);
  state.isOver = true;
  await server.kill();
  await working;
}

async function startBank(t: Test, directory: string, options: StoreOptions): Promise<[KillableServer, WireClient]> {
  const server = KillableServer.start(directory, { ...slowReads, ...options });
  t.teardown(() => server.kill());
  const client = new WireClient(await server.listening(), clients);
  t.teardown(() => client.close());
  return [server, client];
}

function temporary(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "varve-bank-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

t.test(`the sum of all money never changes, through kills (seed ${seed})`, async (t) => {
  const directory = temporary(t);
  let interrupted = 0;
  for (let round = 0; round <= kills; round++) {
    const [server, client] = await startBank(t, directory, { durability: round % 2 === 0 ? "quorum" : "all" });
    if (round === 0) {
      await createTable(client, TableName);
      await bank.open(client);
    }
    const found = await bank.audit(client);
    interrupted += found.underWay;
    t.equal(found.sum, bank.total, `round ${round}: the sum, with ${found.underWay} transfers under way`);
    for (const kind of kinds) await kind.finish(client);
    const finished = await bank.audit(client);
    t.same({ ...finished, least: 0 }, { sum: bank.total, underWay: 0, least: 0 }, "every transfer came to its end");
    t.ok(finished.least >= 0, "nobody owes money");
    if (round < kills) await moveUntilKilled(client, server);
    client.close();
    await server.kill();
    t.equal(server.errors, "", "the server has no complaint");
  }
  t.ok(transfersDone() >= kills, `${JSON.stringify([...done])} were done, ${interrupted} interrupted`);
  t.same(wrongSums, [], `${pairReads} reads of a pair, ${auditsAtOnce} audits while money moved gave the same sum`);
});

/** Reads two balances and writes them, without any condition. */
async function moveCarelessly(client: WireClient): Promise<void> {
  const read = async (name: string): Promise<number> => {
    const input = { TableName, Key: { pk: { S: name } }, ConsistentRead: true };
    return Number((await client.call<{ Item: Account }>("GetItem", input)).Item.balance.N);
  };
  const write = (name: string, balance: number): Promise<boolean> =>
    update(client, name, {
      UpdateExpression: "SET balance = :balance",
      ExpressionAttributeValues: { ":balance": { N: String(balance) } },
    });
  const [payer, payee] = bank.drawAccounts(random);
  const [from, to] = [await read(payer), await read(payee)];
  await write(payer, from - 1);
  await write(payee, to + 1);
}

t.test("the auditor finds out a transfer that is not isolated", async (t) => {
  const [server, client] = await startBank(t, temporary(t), {});
  await createTable(client, TableName);
  await bank.open(client);
  let { sum } = await bank.audit(client);
  t.equal(sum, bank.total);
  for (let round = 0; round < 100 && sum === bank.total; round++) {
    await Promise.all(Array.from({ length: clients }, () => moveCarelessly(client)));
    ({ sum } = await bank.audit(client));
  }
  t.not(sum, bank.total);
  client.close();
  await server.kill();
});
