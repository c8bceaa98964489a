/** A way of moving money that never changes the sum, whatever happens in the middle of it; the auditor attacks each kind in the same way. */
import type { SeededRandom } from "../../src/io/simulated/index.js";
import { Refused, type WireClient } from "../support/wire-client.js";
import { TableName } from "./bank.js";

export interface Transfer {
  readonly name: string;
  /** Moves an amount between two balances that `random` draws; false: nothing was moved, as there is not enough money. */
  move(client: WireClient, random: SeededRandom): Promise<boolean>;
  /** Brings to its end what a crash left under way, while nobody else is at work; a kind that is done whole or not at all has nothing to do. */
  finish(client: WireClient): Promise<void>;
}

/** One update of an item of the bank, tried until no transaction is in its way; false when its condition does not hold. */
export async function update(client: WireClient, key: string, rest: object): Promise<boolean> {
  for (;;) {
    try {
      await client.call("UpdateItem", { TableName, Key: { pk: { S: key } }, ...rest });
      return true;
    } catch (error) {
      const name = error instanceof Refused ? error.name : undefined;
      if (name === "ConditionalCheckFailedException") return false;
      if (name !== "TransactionConflictException") throw error;
    }
  }
}
