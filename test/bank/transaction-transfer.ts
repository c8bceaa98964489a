/** Moves money between two accounts in one TransactWriteItems. */
import type { SeededRandom } from "../../src/io/simulated/index.js";
import { Refused, type WireClient } from "../support/wire-client.js";
import { type Bank, TableName } from "./bank.js";
import type { Transfer } from "./transfer.js";

export class TransactionTransfer implements Transfer {
  readonly name = "transaction";

  constructor(private readonly bank: Bank) {}

  async move(client: WireClient, random: SeededRandom): Promise<boolean> {
    const [payer, payee] = this.bank.drawAccounts(random);
    const ExpressionAttributeValues = { ":amount": { N: String(1 + random.below(60)) } };
    const debit = { UpdateExpression: "SET balance = balance - :amount", ConditionExpression: "balance >= :amount" };
    const credit = { UpdateExpression: "SET balance = balance + :amount" };
    const updates = [
      { Key: { pk: { S: payer } }, ...debit },
      { Key: { pk: { S: payee } }, ...credit },
    ];
    const TransactItems = updates.map((update) => ({ Update: { TableName, ...update, ExpressionAttributeValues } }));
    try {
      await client.call("TransactWriteItems", { TransactItems });
      return true;
    } catch (error) {
      if (error instanceof Refused && error.name === "TransactionCanceledException") return false;
      throw error;
    }
  }

  async finish(): Promise<void> {
    // One transaction is done or not.
  }
}
