/** Moves money between the two balances of one item, in one conditional update. */
import type { SeededRandom } from "../../src/io/simulated/index.js";
import type { WireClient } from "../support/wire-client.js";
import { type Bank, pairName } from "./bank.js";
import { type Transfer, update } from "./transfer.js";

export class PairTransfer implements Transfer {
  readonly name = "pair";

  constructor(private readonly bank: Bank) {}

  async move(client: WireClient, random: SeededRandom): Promise<boolean> {
    const amount = 1 + random.below(60);
    const [from, to] = random.below(2) === 0 ? ["left", "right"] : ["right", "left"];
    return update(client, pairName(random.below(this.bank.pairs)), {
      UpdateExpression: "SET #from = #from - :amount, #to = #to + :amount",
      ConditionExpression: "#from >= :amount",
      ExpressionAttributeNames: { "#from": from, "#to": to },
      ExpressionAttributeValues: { ":amount": { N: String(amount) } },
    });
  }

  async finish(): Promise<void> {
    // One update is done or not.
  }
}
