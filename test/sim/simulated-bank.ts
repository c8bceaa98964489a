/**
 * Accounts whose sum never changes: money moves by transactions, some of them sent twice with one token, and is counted by transactions, whatever is
 * under way, and after each opening. The accounts are made by one transaction: all are there or none.
 */
import { ServiceError } from "../../src/tables/service-error.js";
import type { Item } from "./item-history.js";
import { Mismatch } from "./mismatch.js";

type Input = Record<string, unknown>;

/** How the load carries out requests: one that is waited for, and one that nobody waits for. */
export interface Requests {
  call: (name: string, input: Input) => Promise<object | undefined>;
  send: (name: string, input: Input, answered: (refusal: ServiceError | undefined) => void) => void;
  below: (count: number) => number;
}

const TableName = "Bank";
const accountCount = 6;
const balanceAtFirst = 100;
const sum = accountCount * balanceAtFirst;

export const bankCreation: Input = {
  TableName,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
};

const keyOf = (account: number): Item => ({ pk: { S: `account ${account}` } });

export class SimulatedBank {
  /** Of tokens, so that each transfer has its own. */
  private transfers = 0;

  constructor(
    private readonly requests: Requests,
    /** Tokens of earlier processes are remembered too. */
    private readonly prefix: string,
  ) {}

  /** After an opening, when its table is there: the accounts are whole, or are made now. */
  async opened(): Promise<void> {
    if ((await this.count()) === 0) await this.found();
  }

  /** Moves money, now and then by two requests with one token, of which one is carried out. */
  transfer(): void {
    const { below } = this.requests;
    const from = below(accountCount);
    const to = (from + 1 + below(accountCount - 1)) % accountCount;
    const amount = String(1 + below(30));
    const token = below(2) === 0 ? {} : { ClientRequestToken: `${this.prefix}-${this.transfers++}` };
    const input = { ...token, TransactItems: [withdraw(from, amount), deposit(to, amount)] };
    this.requests.send("TransactWriteItems", input, checkRefusal);
    if ("ClientRequestToken" in token && below(2) === 0) this.requests.send("TransactWriteItems", input, checkRefusal);
  }

  /** The accounts as one transaction sees them; how many there are. */
  async count(): Promise<number> {
    const TransactItems = Array.from({ length: accountCount }, (_, account) => ({
      Get: { TableName, Key: keyOf(account) },
    }));
    let answer: { Responses: { Item?: Item }[] };
    try {
      answer = (await this.requests.call("TransactGetItems", { TransactItems })) as typeof answer;
    } catch (error) {
      // A transfer is being decided. The next count will do.
      if (error instanceof ServiceError && error.name === "TransactionCanceledException") return accountCount;
      throw error;
    }
    const balances = answer.Responses.flatMap(({ Item }) => (Item === undefined ? [] : [balanceOf(Item)]));
    const found = balances.reduce((total, balance) => total + balance, 0);
    if (balances.length === 0) return 0;
    if (balances.length !== accountCount || found !== sum || balances.some((balance) => balance < 0)) {
      throw new Mismatch(`bank: the accounts hold ${balances.join()}, which are ${found}, not ${sum}`);
    }
    return balances.length;
  }

  private async found(): Promise<void> {
    const TransactItems = Array.from({ length: accountCount }, (_, account) => ({
      Put: { TableName, Item: { ...keyOf(account), balance: { N: String(balanceAtFirst) } } },
    }));
    await this.requests.call("TransactWriteItems", { TransactItems });
  }
}

function balanceOf(item: Item): number {
  return Number((item["balance"] as { N: string }).N);
}

function withdraw(account: number, amount: string): Input {
  const Update = {
    TableName,
    Key: keyOf(account),
    UpdateExpression: "SET balance = balance - :amount",
    ConditionExpression: "balance >= :amount",
    ExpressionAttributeValues: { ":amount": { N: amount } },
  };
  return { Update };
}

function deposit(account: number, amount: string): Input {
  const Update = {
    TableName,
    Key: keyOf(account),
    UpdateExpression: "ADD balance :amount",
    ExpressionAttributeValues: { ":amount": { N: amount } },
  };
  return { Update };
}

const refusals = new Set(["TransactionCanceledException", "TransactionInProgressException"]);

/** A transfer may find too little money, or another that is under way. */
function checkRefusal(refusal: ServiceError | undefined): void {
  if (refusal !== undefined && !refusals.has(refusal.name)) throw new Mismatch(`a transfer was refused: ${refusal}`);
}
