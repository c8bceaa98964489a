/** DescribeEndpoints: the service's own address; whoever serves this database may answer with another. */
import type { DatabaseContext } from "../context.js";

export interface DescribeEndpointsOutput {
  Endpoints: { Address: string; CachePeriodInMinutes: number }[];
}

export async function describeEndpoints({ region }: DatabaseContext): Promise<DescribeEndpointsOutput> {
  return { Endpoints: [{ Address: `dynamodb.${region}.amazonaws.com`, CachePeriodInMinutes: 1440 }] };
}
