/**
 * The operations' inputs as validation leaves them: JSON of the right types within the service's constraints, members that are
 * unknown or null left out. Attribute values have the right JSON types only, and are still to be parsed.
 *
 * Made by scripts/make-service-facts.mjs from the AWS service model of DynamoDB (2012-08-10; Amazon Web Services,
 * Apache-2.0), documentation left out. Do not edit: run the script again.
 */

/** An attribute value that is still to be parsed by parse-attribute-value.ts. */
export type RawAttributeValue = unknown;

export interface AttributeDefinition {
  AttributeName: string;
  AttributeType: "S" | "N" | "B";
}

export interface AttributeValueUpdate {
  Value?: RawAttributeValue;
  Action?: "ADD" | "PUT" | "DELETE";
}

export interface AutoScalingPolicyUpdate {
  PolicyName?: string;
  TargetTrackingScalingPolicyConfiguration: AutoScalingTargetTrackingScalingPolicyConfigurationUpdate;
}

export interface AutoScalingSettingsUpdate {
  MinimumUnits?: number;
  MaximumUnits?: number;
  AutoScalingDisabled?: boolean;
  AutoScalingRoleArn?: string;
  ScalingPolicyUpdate?: AutoScalingPolicyUpdate;
}

export interface AutoScalingTargetTrackingScalingPolicyConfigurationUpdate {
  DisableScaleIn?: boolean;
  ScaleInCooldown?: number;
  ScaleOutCooldown?: number;
  TargetValue: number;
}

export interface BatchExecuteStatementInput {
  Statements: BatchStatementRequest[];
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
}

export interface BatchGetItemInput {
  RequestItems: Record<string, KeysAndAttributes>;
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
}

export interface BatchStatementRequest {
  Statement: string;
  Parameters?: RawAttributeValue[];
  ConsistentRead?: boolean;
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

export interface BatchWriteItemInput {
  RequestItems: Record<string, WriteRequest[]>;
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
  ReturnItemCollectionMetrics?: "SIZE" | "NONE";
}

export interface Condition {
  AttributeValueList?: RawAttributeValue[];
  ComparisonOperator:
    | "EQ"
    | "NE"
    | "IN"
    | "LE"
    | "LT"
    | "GE"
    | "GT"
    | "BETWEEN"
    | "NOT_NULL"
    | "NULL"
    | "CONTAINS"
    | "NOT_CONTAINS"
    | "BEGINS_WITH";
}

export interface ConditionCheck {
  Key: Record<string, RawAttributeValue>;
  TableName: string;
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

export interface CreateBackupInput {
  TableName: string;
  BackupName: string;
}

export interface CreateGlobalSecondaryIndexAction {
  IndexName: string;
  KeySchema: KeySchemaElement[];
  Projection: Projection;
  ProvisionedThroughput?: ProvisionedThroughput;
  OnDemandThroughput?: OnDemandThroughput;
  WarmThroughput?: WarmThroughput;
}

export interface CreateGlobalTableInput {
  GlobalTableName: string;
  ReplicationGroup: Replica[];
}

export interface CreateGlobalTableWitnessGroupMemberAction {
  RegionName: string;
}

export interface CreateReplicaAction {
  RegionName: string;
}

export interface CreateReplicationGroupMemberAction {
  RegionName: string;
  KMSMasterKeyId?: string;
  ProvisionedThroughputOverride?: ProvisionedThroughputOverride;
  OnDemandThroughputOverride?: OnDemandThroughputOverride;
  GlobalSecondaryIndexes?: ReplicaGlobalSecondaryIndex[];
  TableClassOverride?: "STANDARD" | "STANDARD_INFREQUENT_ACCESS";
}

export interface CreateTableInput {
  AttributeDefinitions?: AttributeDefinition[];
  TableName: string;
  KeySchema?: KeySchemaElement[];
  LocalSecondaryIndexes?: LocalSecondaryIndex[];
  GlobalSecondaryIndexes?: GlobalSecondaryIndex[];
  BillingMode?: "PROVISIONED" | "PAY_PER_REQUEST";
  ProvisionedThroughput?: ProvisionedThroughput;
  StreamSpecification?: StreamSpecification;
  SSESpecification?: SSESpecification;
  Tags?: Tag[];
  TableClass?: "STANDARD" | "STANDARD_INFREQUENT_ACCESS";
  DeletionProtectionEnabled?: boolean;
  WarmThroughput?: WarmThroughput;
  ResourcePolicy?: string;
  OnDemandThroughput?: OnDemandThroughput;
  GlobalTableSourceArn?: string;
  GlobalTableSettingsReplicationMode?: "ENABLED" | "DISABLED" | "ENABLED_WITH_OVERRIDES";
  VectorIndexes?: VectorIndex[];
}

export interface CreateVectorIndexAction {
  IndexName: string;
  VectorAttribute: VectorAttributeDefinition;
  SearchSchema?: SearchSchemaElement[];
  Projection: Projection;
  Dimensions: number;
  DistanceFunction: "COSINE" | "DOT_PRODUCT" | "EUCLIDEAN";
}

export interface CsvOptions {
  Delimiter?: string;
  HeaderList?: string[];
}

export interface Delete {
  Key: Record<string, RawAttributeValue>;
  TableName: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

export interface DeleteBackupInput {
  BackupArn: string;
}

export interface DeleteGlobalSecondaryIndexAction {
  IndexName: string;
}

export interface DeleteGlobalTableWitnessGroupMemberAction {
  RegionName: string;
}

export interface DeleteItemInput {
  TableName: string;
  Key: Record<string, RawAttributeValue>;
  Expected?: Record<string, ExpectedAttributeValue>;
  ConditionalOperator?: "AND" | "OR";
  ReturnValues?: "NONE" | "ALL_OLD" | "UPDATED_OLD" | "ALL_NEW" | "UPDATED_NEW";
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
  ReturnItemCollectionMetrics?: "SIZE" | "NONE";
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

export interface DeleteReplicaAction {
  RegionName: string;
}

export interface DeleteReplicationGroupMemberAction {
  RegionName: string;
}

export interface DeleteRequest {
  Key: Record<string, RawAttributeValue>;
}

export interface DeleteResourcePolicyInput {
  ResourceArn: string;
  ExpectedRevisionId?: string;
}

export interface DeleteTableInput {
  TableName: string;
}

export interface DeleteVectorIndexAction {
  IndexName: string;
}

export interface DescribeBackupInput {
  BackupArn: string;
}

export interface DescribeContinuousBackupsInput {
  TableName: string;
}

export interface DescribeContributorInsightsInput {
  TableName: string;
  IndexName?: string;
}

export type DescribeEndpointsRequest = Record<string, never>;

export interface DescribeExportInput {
  ExportArn: string;
}

export interface DescribeGlobalTableInput {
  GlobalTableName: string;
}

export interface DescribeGlobalTableSettingsInput {
  GlobalTableName: string;
}

export interface DescribeImportInput {
  ImportArn: string;
}

export interface DescribeKinesisStreamingDestinationInput {
  TableName: string;
}

export type DescribeLimitsInput = Record<string, never>;

export interface DescribeTableInput {
  TableName: string;
}

export interface DescribeTableReplicaAutoScalingInput {
  TableName: string;
}

export interface DescribeTimeToLiveInput {
  TableName: string;
}

export interface EnableKinesisStreamingConfiguration {
  ApproximateCreationDateTimePrecision?: "MILLISECOND" | "MICROSECOND";
}

export interface ExecuteStatementInput {
  Statement: string;
  Parameters?: RawAttributeValue[];
  ConsistentRead?: boolean;
  NextToken?: string;
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
  Limit?: number;
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

export interface ExecuteTransactionInput {
  TransactStatements: ParameterizedStatement[];
  ClientRequestToken?: string;
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
}

export interface ExpectedAttributeValue {
  Value?: RawAttributeValue;
  Exists?: boolean;
  ComparisonOperator?:
    | "EQ"
    | "NE"
    | "IN"
    | "LE"
    | "LT"
    | "GE"
    | "GT"
    | "BETWEEN"
    | "NOT_NULL"
    | "NULL"
    | "CONTAINS"
    | "NOT_CONTAINS"
    | "BEGINS_WITH";
  AttributeValueList?: RawAttributeValue[];
}

export interface ExportTableToPointInTimeInput {
  TableArn: string;
  ExportTime?: number;
  ClientToken?: string;
  S3Bucket: string;
  S3BucketOwner?: string;
  S3Prefix?: string;
  S3SseAlgorithm?: "AES256" | "KMS";
  S3SseKmsKeyId?: string;
  ExportFormat?: "DYNAMODB_JSON" | "ION";
  ExportType?: "FULL_EXPORT" | "INCREMENTAL_EXPORT";
  IncrementalExportSpecification?: IncrementalExportSpecification;
  FilterSpecification?: FilterSpecification;
}

export interface FilterSpecification {
  FilterExpression?: string;
  ProjectionExpression?: string;
  KeyConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
}

export interface Get {
  Key: Record<string, RawAttributeValue>;
  TableName: string;
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
}

export interface GetItemInput {
  TableName: string;
  Key: Record<string, RawAttributeValue>;
  AttributesToGet?: string[];
  ConsistentRead?: boolean;
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
}

export interface GetResourcePolicyInput {
  ResourceArn: string;
}

export interface GlobalSecondaryIndex {
  IndexName: string;
  KeySchema: KeySchemaElement[];
  Projection: Projection;
  ProvisionedThroughput?: ProvisionedThroughput;
  OnDemandThroughput?: OnDemandThroughput;
  WarmThroughput?: WarmThroughput;
}

export interface GlobalSecondaryIndexAutoScalingUpdate {
  IndexName?: string;
  ProvisionedWriteCapacityAutoScalingUpdate?: AutoScalingSettingsUpdate;
}

export interface GlobalSecondaryIndexUpdate {
  Update?: UpdateGlobalSecondaryIndexAction;
  Create?: CreateGlobalSecondaryIndexAction;
  Delete?: DeleteGlobalSecondaryIndexAction;
}

export interface GlobalTableGlobalSecondaryIndexSettingsUpdate {
  IndexName: string;
  ProvisionedWriteCapacityUnits?: number;
  ProvisionedWriteCapacityAutoScalingSettingsUpdate?: AutoScalingSettingsUpdate;
}

export interface GlobalTableWitnessGroupUpdate {
  Create?: CreateGlobalTableWitnessGroupMemberAction;
  Delete?: DeleteGlobalTableWitnessGroupMemberAction;
}

export interface ImportTableInput {
  ClientToken?: string;
  S3BucketSource: S3BucketSource;
  InputFormat: "DYNAMODB_JSON" | "ION" | "CSV";
  InputFormatOptions?: InputFormatOptions;
  InputCompressionType?: "GZIP" | "ZSTD" | "NONE";
  TableCreationParameters: TableCreationParameters;
}

export interface IncrementalExportSpecification {
  ExportFromTime?: number;
  ExportToTime?: number;
  ExportViewType?: "NEW_IMAGE" | "NEW_AND_OLD_IMAGES";
}

export interface InputFormatOptions {
  Csv?: CsvOptions;
}

export interface KeySchemaElement {
  AttributeName: string;
  KeyType: "HASH" | "RANGE";
}

export interface KeysAndAttributes {
  Keys: Record<string, RawAttributeValue>[];
  AttributesToGet?: string[];
  ConsistentRead?: boolean;
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
}

export interface KinesisStreamingDestinationInput {
  TableName: string;
  StreamArn: string;
  EnableKinesisStreamingConfiguration?: EnableKinesisStreamingConfiguration;
}

export interface ListBackupsInput {
  TableName?: string;
  Limit?: number;
  TimeRangeLowerBound?: number;
  TimeRangeUpperBound?: number;
  ExclusiveStartBackupArn?: string;
  BackupType?: "USER" | "SYSTEM" | "AWS_BACKUP" | "ALL";
}

export interface ListContributorInsightsInput {
  TableName?: string;
  NextToken?: string;
  MaxResults?: number;
}

export interface ListExportsInput {
  TableArn?: string;
  MaxResults?: number;
  NextToken?: string;
}

export interface ListGlobalTablesInput {
  ExclusiveStartGlobalTableName?: string;
  Limit?: number;
  RegionName?: string;
}

export interface ListImportsInput {
  TableArn?: string;
  PageSize?: number;
  NextToken?: string;
}

export interface ListTablesInput {
  ExclusiveStartTableName?: string;
  Limit?: number;
}

export interface ListTagsOfResourceInput {
  ResourceArn: string;
  NextToken?: string;
}

export interface LocalSecondaryIndex {
  IndexName: string;
  KeySchema: KeySchemaElement[];
  Projection: Projection;
}

export interface OnDemandThroughput {
  MaxReadRequestUnits?: number;
  MaxWriteRequestUnits?: number;
}

export interface OnDemandThroughputOverride {
  MaxReadRequestUnits?: number;
}

export interface ParameterizedStatement {
  Statement: string;
  Parameters?: RawAttributeValue[];
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

export interface PointInTimeRecoverySpecification {
  PointInTimeRecoveryEnabled: boolean;
  RecoveryPeriodInDays?: number;
}

export interface Projection {
  ProjectionType?: "ALL" | "KEYS_ONLY" | "INCLUDE";
  NonKeyAttributes?: string[];
}

export interface ProvisionedThroughput {
  ReadCapacityUnits: number;
  WriteCapacityUnits: number;
}

export interface ProvisionedThroughputOverride {
  ReadCapacityUnits?: number;
}

export interface Put {
  Item: Record<string, RawAttributeValue>;
  TableName: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

export interface PutItemInput {
  TableName: string;
  Item: Record<string, RawAttributeValue>;
  Expected?: Record<string, ExpectedAttributeValue>;
  ReturnValues?: "NONE" | "ALL_OLD" | "UPDATED_OLD" | "ALL_NEW" | "UPDATED_NEW";
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
  ReturnItemCollectionMetrics?: "SIZE" | "NONE";
  ConditionalOperator?: "AND" | "OR";
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

export interface PutRequest {
  Item: Record<string, RawAttributeValue>;
}

export interface PutResourcePolicyInput {
  ResourceArn: string;
  Policy: string;
  ExpectedRevisionId?: string;
  ConfirmRemoveSelfResourceAccess?: boolean;
}

export interface QueryInput {
  TableName: string;
  IndexName?: string;
  Select?: "ALL_ATTRIBUTES" | "ALL_PROJECTED_ATTRIBUTES" | "SPECIFIC_ATTRIBUTES" | "COUNT";
  AttributesToGet?: string[];
  Limit?: number;
  ConsistentRead?: boolean;
  KeyConditions?: Record<string, Condition>;
  QueryFilter?: Record<string, Condition>;
  ConditionalOperator?: "AND" | "OR";
  ScanIndexForward?: boolean;
  ExclusiveStartKey?: Record<string, RawAttributeValue>;
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
  ProjectionExpression?: string;
  FilterExpression?: string;
  KeyConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
}

export interface Replica {
  RegionName?: string;
}

export interface ReplicaAutoScalingUpdate {
  RegionName: string;
  ReplicaGlobalSecondaryIndexUpdates?: ReplicaGlobalSecondaryIndexAutoScalingUpdate[];
  ReplicaProvisionedReadCapacityAutoScalingUpdate?: AutoScalingSettingsUpdate;
}

export interface ReplicaGlobalSecondaryIndex {
  IndexName: string;
  ProvisionedThroughputOverride?: ProvisionedThroughputOverride;
  OnDemandThroughputOverride?: OnDemandThroughputOverride;
}

export interface ReplicaGlobalSecondaryIndexAutoScalingUpdate {
  IndexName?: string;
  ProvisionedReadCapacityAutoScalingUpdate?: AutoScalingSettingsUpdate;
}

export interface ReplicaGlobalSecondaryIndexSettingsUpdate {
  IndexName: string;
  ProvisionedReadCapacityUnits?: number;
  ProvisionedReadCapacityAutoScalingSettingsUpdate?: AutoScalingSettingsUpdate;
}

export interface ReplicaSettingsUpdate {
  RegionName: string;
  ReplicaProvisionedReadCapacityUnits?: number;
  ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate?: AutoScalingSettingsUpdate;
  ReplicaGlobalSecondaryIndexSettingsUpdate?: ReplicaGlobalSecondaryIndexSettingsUpdate[];
  ReplicaTableClass?: "STANDARD" | "STANDARD_INFREQUENT_ACCESS";
}

export interface ReplicaUpdate {
  Create?: CreateReplicaAction;
  Delete?: DeleteReplicaAction;
}

export interface ReplicationGroupUpdate {
  Create?: CreateReplicationGroupMemberAction;
  Update?: UpdateReplicationGroupMemberAction;
  Delete?: DeleteReplicationGroupMemberAction;
}

export interface RestoreTableFromBackupInput {
  TargetTableName: string;
  BackupArn: string;
  BillingModeOverride?: "PROVISIONED" | "PAY_PER_REQUEST";
  GlobalSecondaryIndexOverride?: GlobalSecondaryIndex[];
  LocalSecondaryIndexOverride?: LocalSecondaryIndex[];
  ProvisionedThroughputOverride?: ProvisionedThroughput;
  OnDemandThroughputOverride?: OnDemandThroughput;
  SSESpecificationOverride?: SSESpecification;
  VectorIndexOverride?: VectorIndex[];
}

export interface RestoreTableToPointInTimeInput {
  SourceTableArn?: string;
  SourceTableName?: string;
  TargetTableName: string;
  UseLatestRestorableTime?: boolean;
  RestoreDateTime?: number;
  BillingModeOverride?: "PROVISIONED" | "PAY_PER_REQUEST";
  GlobalSecondaryIndexOverride?: GlobalSecondaryIndex[];
  LocalSecondaryIndexOverride?: LocalSecondaryIndex[];
  ProvisionedThroughputOverride?: ProvisionedThroughput;
  OnDemandThroughputOverride?: OnDemandThroughput;
  SSESpecificationOverride?: SSESpecification;
  VectorIndexOverride?: VectorIndex[];
}

export interface S3BucketSource {
  S3BucketOwner?: string;
  S3Bucket: string;
  S3KeyPrefix?: string;
}

export interface SSESpecification {
  Enabled?: boolean;
  SSEType?: "AES256" | "KMS";
  KMSMasterKeyId?: string;
}

export interface ScanInput {
  TableName: string;
  IndexName?: string;
  AttributesToGet?: string[];
  Limit?: number;
  Select?: "ALL_ATTRIBUTES" | "ALL_PROJECTED_ATTRIBUTES" | "SPECIFIC_ATTRIBUTES" | "COUNT";
  ScanFilter?: Record<string, Condition>;
  ConditionalOperator?: "AND" | "OR";
  ExclusiveStartKey?: Record<string, RawAttributeValue>;
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
  TotalSegments?: number;
  Segment?: number;
  ProjectionExpression?: string;
  FilterExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
  ConsistentRead?: boolean;
}

export interface SearchSchemaElement {
  AttributeName: string;
  SearchSchemaElementType: "HASH" | "INLINE_FILTER";
}

export interface SearchVectorsInput {
  TableName: string;
  IndexName: string;
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
  ProjectionExpression?: string;
  SearchVector: RawAttributeValue[];
  SearchConditionExpression?: string;
  TopK: number;
}

export interface StreamSpecification {
  StreamEnabled: boolean;
  StreamViewType?: "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES" | "KEYS_ONLY";
}

export interface TableCreationParameters {
  TableName: string;
  AttributeDefinitions: AttributeDefinition[];
  KeySchema: KeySchemaElement[];
  BillingMode?: "PROVISIONED" | "PAY_PER_REQUEST";
  ProvisionedThroughput?: ProvisionedThroughput;
  OnDemandThroughput?: OnDemandThroughput;
  SSESpecification?: SSESpecification;
  GlobalSecondaryIndexes?: GlobalSecondaryIndex[];
  VectorIndexes?: VectorIndex[];
}

export interface Tag {
  Key: string;
  Value: string;
}

export interface TagResourceInput {
  ResourceArn: string;
  Tags: Tag[];
}

export interface TimeToLiveSpecification {
  Enabled: boolean;
  AttributeName: string;
}

export interface TransactGetItem {
  Get: Get;
}

export interface TransactGetItemsInput {
  TransactItems: TransactGetItem[];
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
}

export interface TransactWriteItem {
  ConditionCheck?: ConditionCheck;
  Put?: Put;
  Delete?: Delete;
  Update?: Update;
}

export interface TransactWriteItemsInput {
  TransactItems: TransactWriteItem[];
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
  ReturnItemCollectionMetrics?: "SIZE" | "NONE";
  ClientRequestToken?: string;
}

export interface UntagResourceInput {
  ResourceArn: string;
  TagKeys: string[];
}

export interface Update {
  Key: Record<string, RawAttributeValue>;
  UpdateExpression: string;
  TableName: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

export interface UpdateContinuousBackupsInput {
  TableName: string;
  PointInTimeRecoverySpecification: PointInTimeRecoverySpecification;
}

export interface UpdateContributorInsightsInput {
  TableName: string;
  IndexName?: string;
  ContributorInsightsAction: "ENABLE" | "DISABLE";
  ContributorInsightsMode?: "ACCESSED_AND_THROTTLED_KEYS" | "THROTTLED_KEYS";
}

export interface UpdateGlobalSecondaryIndexAction {
  IndexName: string;
  ProvisionedThroughput?: ProvisionedThroughput;
  OnDemandThroughput?: OnDemandThroughput;
  WarmThroughput?: WarmThroughput;
}

export interface UpdateGlobalTableInput {
  GlobalTableName: string;
  ReplicaUpdates: ReplicaUpdate[];
}

export interface UpdateGlobalTableSettingsInput {
  GlobalTableName: string;
  GlobalTableBillingMode?: "PROVISIONED" | "PAY_PER_REQUEST";
  GlobalTableProvisionedWriteCapacityUnits?: number;
  GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate?: AutoScalingSettingsUpdate;
  GlobalTableGlobalSecondaryIndexSettingsUpdate?: GlobalTableGlobalSecondaryIndexSettingsUpdate[];
  ReplicaSettingsUpdate?: ReplicaSettingsUpdate[];
}

export interface UpdateItemInput {
  TableName: string;
  Key: Record<string, RawAttributeValue>;
  AttributeUpdates?: Record<string, AttributeValueUpdate>;
  Expected?: Record<string, ExpectedAttributeValue>;
  ConditionalOperator?: "AND" | "OR";
  ReturnValues?: "NONE" | "ALL_OLD" | "UPDATED_OLD" | "ALL_NEW" | "UPDATED_NEW";
  ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE";
  ReturnItemCollectionMetrics?: "SIZE" | "NONE";
  UpdateExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, RawAttributeValue>;
  ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | "NONE";
}

export interface UpdateKinesisStreamingConfiguration {
  ApproximateCreationDateTimePrecision?: "MILLISECOND" | "MICROSECOND";
}

export interface UpdateKinesisStreamingDestinationInput {
  TableName: string;
  StreamArn: string;
  UpdateKinesisStreamingConfiguration?: UpdateKinesisStreamingConfiguration;
}

export interface UpdateReplicationGroupMemberAction {
  RegionName: string;
  KMSMasterKeyId?: string;
  ProvisionedThroughputOverride?: ProvisionedThroughputOverride;
  OnDemandThroughputOverride?: OnDemandThroughputOverride;
  GlobalSecondaryIndexes?: ReplicaGlobalSecondaryIndex[];
  TableClassOverride?: "STANDARD" | "STANDARD_INFREQUENT_ACCESS";
}

export interface UpdateTableInput {
  AttributeDefinitions?: AttributeDefinition[];
  TableName: string;
  BillingMode?: "PROVISIONED" | "PAY_PER_REQUEST";
  ProvisionedThroughput?: ProvisionedThroughput;
  GlobalSecondaryIndexUpdates?: GlobalSecondaryIndexUpdate[];
  StreamSpecification?: StreamSpecification;
  SSESpecification?: SSESpecification;
  ReplicaUpdates?: ReplicationGroupUpdate[];
  TableClass?: "STANDARD" | "STANDARD_INFREQUENT_ACCESS";
  DeletionProtectionEnabled?: boolean;
  MultiRegionConsistency?: "EVENTUAL" | "STRONG";
  GlobalTableWitnessUpdates?: GlobalTableWitnessGroupUpdate[];
  OnDemandThroughput?: OnDemandThroughput;
  WarmThroughput?: WarmThroughput;
  GlobalTableSettingsReplicationMode?: "ENABLED" | "DISABLED" | "ENABLED_WITH_OVERRIDES";
  VectorIndexUpdates?: VectorIndexUpdate[];
}

export interface UpdateTableReplicaAutoScalingInput {
  GlobalSecondaryIndexUpdates?: GlobalSecondaryIndexAutoScalingUpdate[];
  TableName: string;
  ProvisionedWriteCapacityAutoScalingUpdate?: AutoScalingSettingsUpdate;
  ReplicaUpdates?: ReplicaAutoScalingUpdate[];
}

export interface UpdateTimeToLiveInput {
  TableName: string;
  TimeToLiveSpecification: TimeToLiveSpecification;
}

export interface VectorAttributeDefinition {
  AttributeName: string;
}

export interface VectorIndex {
  IndexName: string;
  VectorAttribute: VectorAttributeDefinition;
  SearchSchema?: SearchSchemaElement[];
  Projection: Projection;
  Dimensions: number;
  DistanceFunction: "COSINE" | "DOT_PRODUCT" | "EUCLIDEAN";
}

export interface VectorIndexUpdate {
  Create?: CreateVectorIndexAction;
  Delete?: DeleteVectorIndexAction;
}

export interface WarmThroughput {
  ReadUnitsPerSecond?: number;
  WriteUnitsPerSecond?: number;
}

export interface WriteRequest {
  PutRequest?: PutRequest;
  DeleteRequest?: DeleteRequest;
}

/** Operation name to its input. */
export interface OperationInputs {
  BatchExecuteStatement: BatchExecuteStatementInput;
  BatchGetItem: BatchGetItemInput;
  BatchWriteItem: BatchWriteItemInput;
  CreateBackup: CreateBackupInput;
  CreateGlobalTable: CreateGlobalTableInput;
  CreateTable: CreateTableInput;
  DeleteBackup: DeleteBackupInput;
  DeleteItem: DeleteItemInput;
  DeleteResourcePolicy: DeleteResourcePolicyInput;
  DeleteTable: DeleteTableInput;
  DescribeBackup: DescribeBackupInput;
  DescribeContinuousBackups: DescribeContinuousBackupsInput;
  DescribeContributorInsights: DescribeContributorInsightsInput;
  DescribeEndpoints: DescribeEndpointsRequest;
  DescribeExport: DescribeExportInput;
  DescribeGlobalTable: DescribeGlobalTableInput;
  DescribeGlobalTableSettings: DescribeGlobalTableSettingsInput;
  DescribeImport: DescribeImportInput;
  DescribeKinesisStreamingDestination: DescribeKinesisStreamingDestinationInput;
  DescribeLimits: DescribeLimitsInput;
  DescribeTable: DescribeTableInput;
  DescribeTableReplicaAutoScaling: DescribeTableReplicaAutoScalingInput;
  DescribeTimeToLive: DescribeTimeToLiveInput;
  DisableKinesisStreamingDestination: KinesisStreamingDestinationInput;
  EnableKinesisStreamingDestination: KinesisStreamingDestinationInput;
  ExecuteStatement: ExecuteStatementInput;
  ExecuteTransaction: ExecuteTransactionInput;
  ExportTableToPointInTime: ExportTableToPointInTimeInput;
  GetItem: GetItemInput;
  GetResourcePolicy: GetResourcePolicyInput;
  ImportTable: ImportTableInput;
  ListBackups: ListBackupsInput;
  ListContributorInsights: ListContributorInsightsInput;
  ListExports: ListExportsInput;
  ListGlobalTables: ListGlobalTablesInput;
  ListImports: ListImportsInput;
  ListTables: ListTablesInput;
  ListTagsOfResource: ListTagsOfResourceInput;
  PutItem: PutItemInput;
  PutResourcePolicy: PutResourcePolicyInput;
  Query: QueryInput;
  RestoreTableFromBackup: RestoreTableFromBackupInput;
  RestoreTableToPointInTime: RestoreTableToPointInTimeInput;
  Scan: ScanInput;
  SearchVectors: SearchVectorsInput;
  TagResource: TagResourceInput;
  TransactGetItems: TransactGetItemsInput;
  TransactWriteItems: TransactWriteItemsInput;
  UntagResource: UntagResourceInput;
  UpdateContinuousBackups: UpdateContinuousBackupsInput;
  UpdateContributorInsights: UpdateContributorInsightsInput;
  UpdateGlobalTable: UpdateGlobalTableInput;
  UpdateGlobalTableSettings: UpdateGlobalTableSettingsInput;
  UpdateItem: UpdateItemInput;
  UpdateKinesisStreamingDestination: UpdateKinesisStreamingDestinationInput;
  UpdateTable: UpdateTableInput;
  UpdateTableReplicaAutoScaling: UpdateTableReplicaAutoScalingInput;
  UpdateTimeToLive: UpdateTimeToLiveInput;
}

export type OperationName = keyof OperationInputs;
