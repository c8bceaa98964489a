/**
 * Moves money between two accounts by conditional updates alone, with a journal in the accounts themselves.
 *
 * The debit also writes the transfer into the payer's `outgoing`; the credit also notes it in the payee's `applied`, on the condition that it
 * is not there; then `outgoing` and after it `applied` forget it. Each step can be done again, so that after a crash `finish` brings every
 * transfer to its end.
 */
import type { SeededRandom } from "../../src/io/simulated/index.js";
import type { WireClient } from "../support/wire-client.js";
import type { Bank } from "./bank.js";
import { type Transfer, update } from "./transfer.js";

export class JournalTransfer implements Transfer {
  readonly name = "journal";
  private begun = 0;

  constructor(private readonly bank: Bank) {}

  async move(client: WireClient, random: SeededRandom): Promise<boolean> {
    const [one, other] = this.bank.drawAccounts(random);
    const [payer, payee] = random.below(2) === 0 ? [one, other] : [other, one];
    const amount = String(1 + random.below(60));
    const id = `t${this.begun++}`;
    const isDebited = await update(client, payer, {
      UpdateExpression: "SET balance = balance - :amount, outgoing.#id = :transfer",
      ConditionExpression: "balance >= :amount AND attribute_not_exists(outgoing.#id)",
      ExpressionAttributeNames: { "#id": id },
      ExpressionAttributeValues: {
        ":amount": { N: amount },
        ":transfer": { M: { to: { S: payee }, amount: { N: amount } } },
      },
    });
    if (isDebited) await complete(client, payer, payee, amount, id);
    return isDebited;
  }

  async finish(client: WireClient): Promise<void> {
    const accounts = await this.bank.readAccounts(client);
    const outgoing = new Set<string>();
    for (const { pk, outgoing: journal } of accounts) {
      for (const [id, { M }] of Object.entries(journal.M)) {
        outgoing.add(id);
        await complete(client, pk.S, M.to.S, M.amount.N, id);
      }
    }
    for (const { pk, applied } of accounts) {
      for (const id of Object.keys(applied.M)) if (!outgoing.has(id)) await forget(client, pk.S, "applied", id);
    }
  }
}

async function complete(client: WireClient, payer: string, payee: string, amount: string, id: string): Promise<void> {
  await update(client, payee, {
    UpdateExpression: "SET balance = balance + :amount, applied.#id = :amount",
    ConditionExpression: "attribute_not_exists(applied.#id)",
    ExpressionAttributeNames: { "#id": id },
    ExpressionAttributeValues: { ":amount": { N: amount } },
  });
  await forget(client, payer, "outgoing", id);
  await forget(client, payee, "applied", id);
}

async function forget(client: WireClient, account: string, list: "outgoing" | "applied", id: string): Promise<void> {
  await update(client, account, { UpdateExpression: `REMOVE ${list}.#id`, ExpressionAttributeNames: { "#id": id } });
}
