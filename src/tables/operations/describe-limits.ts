/** DescribeLimits: the quotas of the service's accounts; nothing here is bound by them. */
import { accountMaxCapacityUnits, tableMaxCapacityUnits } from "../limits.js";

export interface DescribeLimitsOutput {
  AccountMaxReadCapacityUnits: number;
  AccountMaxWriteCapacityUnits: number;
  TableMaxReadCapacityUnits: number;
  TableMaxWriteCapacityUnits: number;
}

export async function describeLimits(): Promise<DescribeLimitsOutput> {
  return {
    AccountMaxReadCapacityUnits: accountMaxCapacityUnits,
    AccountMaxWriteCapacityUnits: accountMaxCapacityUnits,
    TableMaxReadCapacityUnits: tableMaxCapacityUnits,
    TableMaxWriteCapacityUnits: tableMaxCapacityUnits,
  };
}
