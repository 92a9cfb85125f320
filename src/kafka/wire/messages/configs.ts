import type { Decoded, Encodable } from '../field.ts';
import { array, boolean, int8, int16, int32, string, struct } from '../field.ts';

/** A resource's type is 2 a topic, 4 a broker, 8 a broker's loggers. */
const describedResource = struct({
  resourceType: int8(),
  resourceName: string(),
  /** Null for all. */
  configurationKeys: array(string(), { nullableSince: 0, default: null }),
});

export const describeConfigsRequest = struct({
  resources: array(describedResource),
  includeSynonyms: boolean({ default: false }),
  includeDocumentation: boolean({ since: 3, default: false }),
});

const synonym = struct({
  name: string(),
  value: string({ nullableSince: 0 }),
  source: int8(),
});

const describedConfig = struct({
  name: string(),
  value: string({ nullableSince: 0 }),
  readOnly: boolean(),
  /** 1 topic, 2 broker, 3 default of all brokers, 4 broker's file, 5 built in. */
  configSource: int8(),
  isSensitive: boolean(),
  synonyms: array(synonym, { default: [] }),
  /** 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password. */
  configType: int8({ since: 3, default: 0 }),
  documentation: string({ since: 3, nullableSince: 0, default: null }),
});

const describeResult = struct({
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0, default: null }),
  resourceType: int8(),
  resourceName: string(),
  configs: array(describedConfig),
});

export const describeConfigsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  results: array(describeResult),
});

const setConfig = struct({
  name: string(),
  value: string({ nullableSince: 0 }),
});

const replacedResource = struct({
  resourceType: int8(),
  resourceName: string(),
  configs: array(setConfig),
});

/** Replaces all configs of each resource by the given ones. */
export const alterConfigsRequest = struct({
  resources: array(replacedResource),
  validateOnly: boolean({ default: false }),
});

const changedConfig = struct({
  name: string(),
  /** 0 set, 1 delete, 2 append to a list, 3 take from a list. */
  configOperation: int8(),
  value: string({ nullableSince: 0 }),
});

const changedResource = struct({
  resourceType: int8(),
  resourceName: string(),
  configs: array(changedConfig),
});

/** Changes the given configs and leaves the others. */
export const incrementalAlterConfigsRequest = struct({
  resources: array(changedResource),
  validateOnly: boolean({ default: false }),
});

const alterResult = struct({
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0, default: null }),
  resourceType: int8(),
  resourceName: string(),
});

export const alterConfigsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  responses: array(alterResult),
});

export const incrementalAlterConfigsResponse = alterConfigsResponse;

export type DescribeConfigsRequest = Decoded<typeof describeConfigsRequest.fields>;
export type DescribeConfigsResponse = Encodable<typeof describeConfigsResponse.fields>;
export type AlterConfigsRequest = Decoded<typeof alterConfigsRequest.fields>;
export type AlterConfigsResponse = Encodable<typeof alterConfigsResponse.fields>;
export type IncrementalAlterConfigsRequest = Decoded<typeof incrementalAlterConfigsRequest.fields>;
export type IncrementalAlterConfigsResponse = AlterConfigsResponse;
