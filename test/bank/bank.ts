/**
 * A bank whose money never changes its sum: accounts of one balance each, and pairs of two balances in one item.
 *
 * Money that is under way between two accounts stands in the payer's `outgoing` until the payee's `applied` tells that it arrived
 * (journal-transfer.ts); so at every moment balances plus what is outgoing and not applied are the same.
 */
import type { SeededRandom } from "../../src/io/simulated/index.js";
import { Refused, scanAll, type WireClient } from "../support/wire-client.js";

export const TableName = "Bank";
export const opening = 100;

/** How many draws an account is the one that most transfers are about. */
const turn = 8;
/** Fills memtables, so that an account is no more in memory when its turn comes again. */
const filler = { S: "x".repeat(400) };

export interface Account {
  pk: { S: string };
  balance: { N: string };
  /** By the transfer's name. */
  outgoing: { M: Record<string, { M: { to: { S: string }; amount: { N: string } } }> };
  applied: { M: Record<string, { N: string }> };
}

export interface Pair {
  pk: { S: string };
  left: { N: string };
  right: { N: string };
}

export interface Audit {
  /** All money, under way or not. */
  sum: number;
  /** How many transfers are under way. */
  underWay: number;
  /** The least balance. */
  least: number;
}

const accountName = (index: number): string => `account-${index}`;
export const pairName = (index: number): string => `pair-${index}`;
const isPair = (item: Account | Pair): item is Pair => "left" in item;

function auditOf(items: readonly (Account | Pair)[]): Audit {
  const applied = new Set(items.flatMap((item) => (isPair(item) ? [] : Object.keys(item.applied.M))));
  const audit = { sum: 0, underWay: 0, least: Infinity };
  for (const item of items) {
    const balances = isPair(item) ? [Number(item.left.N), Number(item.right.N)] : [Number(item.balance.N)];
    audit.sum += balances.reduce((sum, balance) => sum + balance, 0);
    audit.least = Math.min(audit.least, ...balances);
    for (const [id, { M }] of Object.entries(isPair(item) ? {} : item.outgoing.M)) {
      audit.underWay++;
      if (!applied.has(id)) audit.sum += Number(M.amount.N);
    }
  }
  return audit;
}

export class Bank {
  private draws = 0;

  constructor(
    readonly accounts: number,
    readonly pairs: number,
  ) {}

  /** What the sum must be. */
  get total(): number {
    return opening * (this.accounts + 2 * this.pairs);
  }

  /** Two different accounts; the first is the same one for most of the clients, so that they meet there. */
  drawAccounts(random: SeededRandom): [string, string] {
    const current = Math.floor(this.draws++ / turn) % this.accounts;
    const first = random.below(4) === 0 ? random.below(this.accounts) : current;
    return [accountName(first), accountName((first + 1 + random.below(this.accounts - 1)) % this.accounts)];
  }

  async open(client: WireClient): Promise<void> {
    const balance = { N: String(opening) };
    for (let index = 0; index < this.accounts; index++) {
      const Item = { pk: { S: accountName(index) }, balance, outgoing: { M: {} }, applied: { M: {} }, filler };
      await client.call("PutItem", { TableName, Item });
    }
    for (let index = 0; index < this.pairs; index++) {
      await client.call("PutItem", { TableName, Item: { pk: { S: pairName(index) }, left: balance, right: balance } });
    }
  }

  /** Counts everything, while nobody is at work. */
  async audit(client: WireClient): Promise<Audit> {
    return auditOf(await scanAll<Account | Pair>(client, TableName));
  }

  /** Counts everything as it is at one moment, while money moves; undefined when somebody is in the way. */
  async auditAtOnce(client: WireClient): Promise<Audit | undefined> {
    const names = Array.from({ length: this.accounts }, (_, index) => accountName(index));
    names.push(...Array.from({ length: this.pairs }, (_, index) => pairName(index)));
    const TransactItems = names.map((name) => ({ Get: { TableName, Key: { pk: { S: name } } } }));
    try {
      const input = { TransactItems };
      const { Responses } = await client.call<{ Responses: { Item: Account | Pair }[] }>("TransactGetItems", input);
      return auditOf(Responses.map(({ Item }) => Item));
    } catch (error) {
      if (error instanceof Refused && error.name === "TransactionCanceledException") return undefined;
      throw error;
    }
  }

  /** Both balances of one pair together, which is the same at every moment, however consistent the read. */
  async sumOfPair(client: WireClient, index: number, ConsistentRead: boolean): Promise<number> {
    const input = { TableName, Key: { pk: { S: pairName(index) } }, ConsistentRead };
    const { Item } = await client.call<{ Item: Pair }>("GetItem", input);
    return Number(Item.left.N) + Number(Item.right.N);
  }

  async readAccounts(client: WireClient): Promise<Account[]> {
    const items = await scanAll<Account | Pair>(client, TableName);
    return items.filter((item): item is Account => !isPair(item));
  }
}
