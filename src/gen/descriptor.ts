// Generated from proto/ by `make proto`; not edited by hand.
/** The files of proto/ as protobufjs describes them: for reflection and the loader. Made when called. */
export const descriptor = (): object => ({
  "nested": {
    "ottla": {
      "nested": {
        "v1": {
          "nested": {
            "BacklogRequest": {
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "BacklogPartition",
                  "id": 1
                }
              }
            },
            "BacklogPartition": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "currentLeaderEpoch": {
                  "type": "int32",
                  "id": 3
                },
                "offset": {
                  "type": "int64",
                  "id": 4
                }
              }
            },
            "BacklogResponse": {
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "BacklogResult",
                  "id": 1
                }
              }
            },
            "BacklogResult": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "logStartOffset": {
                  "type": "int64",
                  "id": 4
                },
                "highWatermark": {
                  "type": "int64",
                  "id": 5
                },
                "recordOffset": {
                  "type": "int64",
                  "id": 6
                },
                "recordTimestampMs": {
                  "type": "int64",
                  "id": 7
                },
                "nowMs": {
                  "type": "int64",
                  "id": 8
                }
              }
            },
            "ClientService": {
              "methods": {
                "Produce": {
                  "requestType": "ProduceFrame",
                  "requestStream": true,
                  "responseType": "ProduceReply",
                  "responseStream": true
                },
                "Fetch": {
                  "requestType": "FetchRequest",
                  "requestStream": true,
                  "responseType": "FetchFrame",
                  "responseStream": true
                },
                "Metadata": {
                  "requestType": "MetadataRequest",
                  "responseType": "MetadataResponse"
                },
                "ListOffsets": {
                  "requestType": "ListOffsetsRequest",
                  "responseType": "ListOffsetsResponse"
                },
                "Backlog": {
                  "requestType": "BacklogRequest",
                  "responseType": "BacklogResponse"
                },
                "OffsetForLeaderEpoch": {
                  "requestType": "OffsetForLeaderEpochRequest",
                  "responseType": "OffsetForLeaderEpochResponse"
                },
                "InitProducerId": {
                  "requestType": "InitProducerIdRequest",
                  "responseType": "InitProducerIdResponse"
                },
                "CreateTopics": {
                  "requestType": "CreateTopicsRequest",
                  "responseType": "CreateTopicsResponse"
                },
                "DeleteTopics": {
                  "requestType": "DeleteTopicsRequest",
                  "responseType": "DeleteTopicsResponse"
                },
                "CreatePartitions": {
                  "requestType": "CreatePartitionsRequest",
                  "responseType": "CreatePartitionsResponse"
                },
                "DeleteRecords": {
                  "requestType": "DeleteRecordsRequest",
                  "responseType": "DeleteRecordsResponse"
                },
                "ListDelayed": {
                  "requestType": "ListDelayedRequest",
                  "responseType": "ListDelayedResponse"
                },
                "GetDelayed": {
                  "requestType": "GetDelayedRequest",
                  "responseType": "GetDelayedResponse"
                },
                "CancelDelayed": {
                  "requestType": "CancelDelayedRequest",
                  "responseType": "ChangeDelayedResponse"
                },
                "RescheduleDelayed": {
                  "requestType": "RescheduleDelayedRequest",
                  "responseType": "ChangeDelayedResponse"
                },
                "AlterConfigs": {
                  "requestType": "AlterConfigsRequest",
                  "responseType": "AlterConfigsResponse"
                },
                "DescribeConfigs": {
                  "requestType": "DescribeConfigsRequest",
                  "responseType": "DescribeConfigsResponse"
                },
                "ElectLeaders": {
                  "requestType": "ElectLeadersRequest",
                  "responseType": "ElectLeadersResponse"
                },
                "DescribeRecovery": {
                  "requestType": "DescribeRecoveryRequest",
                  "responseType": "DescribeRecoveryResponse"
                },
                "AlterReassignments": {
                  "requestType": "AlterReassignmentsRequest",
                  "responseType": "AlterReassignmentsResponse"
                },
                "ListReassignments": {
                  "requestType": "ListReassignmentsRequest",
                  "responseType": "ListReassignmentsResponse"
                },
                "UnregisterBroker": {
                  "requestType": "UnregisterBrokerRequest",
                  "responseType": "UnregisterBrokerResponse"
                },
                "DescribeBalance": {
                  "requestType": "DescribeBalanceRequest",
                  "responseType": "DescribeBalanceResponse"
                },
                "AlterBalance": {
                  "requestType": "AlterBalanceRequest",
                  "responseType": "AlterBalanceResponse"
                },
                "DescribeVersions": {
                  "requestType": "DescribeVersionsRequest",
                  "responseType": "DescribeVersionsResponse"
                },
                "RaiseVersion": {
                  "requestType": "RaiseVersionRequest",
                  "responseType": "RaiseVersionResponse"
                },
                "DescribeCluster": {
                  "requestType": "DescribeClusterRequest",
                  "responseType": "DescribeClusterResponse"
                },
                "AlterQuorum": {
                  "requestType": "AlterQuorumRequest",
                  "responseType": "AlterQuorumResponse"
                }
              }
            },
            "ProduceFrame": {
              "fields": {
                "header": {
                  "type": "ProduceHeader",
                  "id": 1
                },
                "body": {
                  "type": "bytes",
                  "id": 2
                }
              }
            },
            "ProduceHeader": {
              "fields": {
                "requestId": {
                  "type": "int64",
                  "id": 1
                },
                "acks": {
                  "type": "int32",
                  "id": 2
                },
                "timeoutMs": {
                  "type": "int32",
                  "id": 3
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "ProducePartition",
                  "id": 4
                }
              }
            },
            "ProducePartition": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "lengthBytes": {
                  "type": "int32",
                  "id": 3
                }
              }
            },
            "ProduceReply": {
              "fields": {
                "requestId": {
                  "type": "int64",
                  "id": 1
                },
                "results": {
                  "rule": "repeated",
                  "type": "ProduceResult",
                  "id": 2
                }
              }
            },
            "ProduceResult": {
              "oneofs": {
                "_leaderHint": {
                  "oneof": [
                    "leaderHint"
                  ]
                },
                "_logAppendTimeMs": {
                  "oneof": [
                    "logAppendTimeMs"
                  ]
                }
              },
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "errorMessage": {
                  "type": "string",
                  "id": 4
                },
                "baseOffset": {
                  "type": "int64",
                  "id": 5
                },
                "logStartOffset": {
                  "type": "int64",
                  "id": 6
                },
                "leaderHint": {
                  "type": "LeaderHint",
                  "id": 7,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "logAppendTimeMs": {
                  "type": "int64",
                  "id": 8,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "refusedRecords": {
                  "rule": "repeated",
                  "type": "RefusedRecord",
                  "id": 9
                },
                "recordOffsets": {
                  "rule": "repeated",
                  "type": "int64",
                  "id": 10
                }
              }
            },
            "RefusedRecord": {
              "fields": {
                "index": {
                  "type": "int32",
                  "id": 1
                },
                "reason": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "LeaderHint": {
              "fields": {
                "leaderId": {
                  "type": "int32",
                  "id": 1
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "FetchRequest": {
              "fields": {
                "requestId": {
                  "type": "int64",
                  "id": 1
                },
                "maxWaitMs": {
                  "type": "int32",
                  "id": 2
                },
                "minBytes": {
                  "type": "int32",
                  "id": 3
                },
                "maxBytes": {
                  "type": "int32",
                  "id": 4
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "FetchPartition",
                  "id": 5
                },
                "cancelRequestId": {
                  "type": "int64",
                  "id": 6
                }
              }
            },
            "FetchPartition": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "currentLeaderEpoch": {
                  "type": "int32",
                  "id": 3
                },
                "fetchOffset": {
                  "type": "int64",
                  "id": 4
                },
                "maxBytes": {
                  "type": "int32",
                  "id": 5
                }
              }
            },
            "FetchFrame": {
              "fields": {
                "header": {
                  "type": "FetchHeader",
                  "id": 1
                },
                "body": {
                  "type": "bytes",
                  "id": 2
                }
              }
            },
            "FetchHeader": {
              "fields": {
                "requestId": {
                  "type": "int64",
                  "id": 1
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "FetchResult",
                  "id": 2
                }
              }
            },
            "FetchResult": {
              "oneofs": {
                "_leaderHint": {
                  "oneof": [
                    "leaderHint"
                  ]
                }
              },
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "highWatermark": {
                  "type": "int64",
                  "id": 4
                },
                "logStartOffset": {
                  "type": "int64",
                  "id": 5
                },
                "lengthBytes": {
                  "type": "int32",
                  "id": 6
                },
                "leaderHint": {
                  "type": "LeaderHint",
                  "id": 7,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "MetadataRequest": {
              "fields": {
                "topics": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 1
                },
                "allTopics": {
                  "type": "bool",
                  "id": 2
                },
                "allowAutoCreate": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "MetadataResponse": {
              "fields": {
                "clusterId": {
                  "type": "string",
                  "id": 1
                },
                "controllerId": {
                  "type": "int32",
                  "id": 2
                },
                "brokers": {
                  "rule": "repeated",
                  "type": "BrokerInfo",
                  "id": 3
                },
                "topics": {
                  "rule": "repeated",
                  "type": "TopicInfo",
                  "id": 4
                },
                "metadataIndex": {
                  "type": "int64",
                  "id": 5
                }
              }
            },
            "BrokerInfo": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "address": {
                  "type": "string",
                  "id": 2
                },
                "kafkaAddress": {
                  "type": "string",
                  "id": 3
                },
                "rack": {
                  "type": "string",
                  "id": 4
                },
                "fenced": {
                  "type": "bool",
                  "id": 5
                },
                "offlineDirectories": {
                  "rule": "repeated",
                  "type": "OfflineDirectory",
                  "id": 6
                }
              }
            },
            "TopicInfo": {
              "oneofs": {
                "_fence": {
                  "oneof": [
                    "fence"
                  ]
                },
                "_delayEnable": {
                  "oneof": [
                    "delayEnable"
                  ]
                }
              },
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "name": {
                  "type": "string",
                  "id": 2
                },
                "topicId": {
                  "type": "string",
                  "id": 3
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "PartitionInfo",
                  "id": 4
                },
                "maxMessageBytes": {
                  "type": "int32",
                  "id": 5
                },
                "fence": {
                  "type": "TopicFence",
                  "id": 6,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "delayEnable": {
                  "type": "bool",
                  "id": 7,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "TopicFence": {
              "fields": {
                "firstPartition": {
                  "type": "int32",
                  "id": 1
                },
                "groups": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 2
                },
                "settledInMs": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "PartitionInfo": {
              "oneofs": {
                "_lastKnownLeader": {
                  "oneof": [
                    "lastKnownLeader"
                  ]
                }
              },
              "fields": {
                "partition": {
                  "type": "int32",
                  "id": 1
                },
                "leader": {
                  "type": "int32",
                  "id": 2
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 3
                },
                "replicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 4
                },
                "isr": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 5
                },
                "offline": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 6
                },
                "eligibleLeaderReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 7
                },
                "lastKnownElr": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 8
                },
                "lastKnownLeader": {
                  "type": "int32",
                  "id": 9,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "ListOffsetsRequest": {
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "ListOffsetsPartition",
                  "id": 1
                }
              }
            },
            "ListOffsetsPartition": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "currentLeaderEpoch": {
                  "type": "int32",
                  "id": 3
                },
                "timestampMs": {
                  "type": "int64",
                  "id": 4
                }
              }
            },
            "ListOffsetsResponse": {
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "ListOffsetsResult",
                  "id": 1
                }
              }
            },
            "ListOffsetsResult": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "offset": {
                  "type": "int64",
                  "id": 4
                },
                "timestampMs": {
                  "type": "int64",
                  "id": 5
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 6
                }
              }
            },
            "DeleteRecordsRequest": {
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "DeleteRecordsPartition",
                  "id": 1
                },
                "timeoutMs": {
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "DeleteRecordsPartition": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "beforeOffset": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "DeleteRecordsResponse": {
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "DeleteRecordsResult",
                  "id": 1
                }
              }
            },
            "DeleteRecordsResult": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "lowWatermark": {
                  "type": "int64",
                  "id": 4
                }
              }
            },
            "OffsetForLeaderEpochRequest": {
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "EpochQuestion",
                  "id": 1
                }
              }
            },
            "EpochQuestion": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "currentLeaderEpoch": {
                  "type": "int32",
                  "id": 3
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 4
                }
              }
            },
            "OffsetForLeaderEpochResponse": {
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "EpochAnswer",
                  "id": 1
                }
              }
            },
            "EpochAnswer": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 4
                },
                "endOffset": {
                  "type": "int64",
                  "id": 5
                }
              }
            },
            "InitProducerIdRequest": {
              "fields": {}
            },
            "InitProducerIdResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "producerId": {
                  "type": "int64",
                  "id": 2
                },
                "producerEpoch": {
                  "type": "int32",
                  "id": 3
                }
              }
            },
            "DescribeConfigsRequest": {
              "fields": {
                "resourceType": {
                  "type": "string",
                  "id": 1
                },
                "resource": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "DescribeConfigsResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "errorMessage": {
                  "type": "string",
                  "id": 2
                },
                "entries": {
                  "rule": "repeated",
                  "type": "ConfigEntry",
                  "id": 3
                }
              }
            },
            "ConfigEntry": {
              "fields": {
                "key": {
                  "type": "string",
                  "id": 1
                },
                "value": {
                  "type": "string",
                  "id": 2
                },
                "isDefault": {
                  "type": "bool",
                  "id": 3
                },
                "description": {
                  "type": "string",
                  "id": 4
                },
                "source": {
                  "type": "string",
                  "id": 5
                }
              }
            },
            "DescribeClusterRequest": {
              "fields": {}
            },
            "DescribeClusterResponse": {
              "fields": {
                "clusterId": {
                  "type": "string",
                  "id": 1
                },
                "brokerId": {
                  "type": "int32",
                  "id": 2
                },
                "quorum": {
                  "type": "DescribeQuorumResponse",
                  "id": 3
                },
                "brokers": {
                  "rule": "repeated",
                  "type": "BrokerInfo",
                  "id": 4
                },
                "partitions": {
                  "type": "int32",
                  "id": 5
                },
                "underReplicated": {
                  "type": "int32",
                  "id": 6
                },
                "underMinIsr": {
                  "type": "int32",
                  "id": 7
                },
                "offline": {
                  "type": "int32",
                  "id": 8
                },
                "metadataVersion": {
                  "type": "int32",
                  "id": 9
                },
                "knownMetadataVersion": {
                  "type": "int32",
                  "id": 10
                }
              }
            },
            "ControllerService": {
              "methods": {
                "RegisterBroker": {
                  "requestType": "RegisterBrokerRequest",
                  "responseType": "RegisterBrokerResponse"
                },
                "BrokerSession": {
                  "requestType": "BrokerHeartbeat",
                  "requestStream": true,
                  "responseType": "BrokerHeartbeatReply",
                  "responseStream": true
                },
                "AlterPartition": {
                  "requestType": "AlterPartitionRequest",
                  "responseType": "AlterPartitionResponse"
                },
                "AllocateProducerIds": {
                  "requestType": "AllocateProducerIdsRequest",
                  "responseType": "AllocateProducerIdsResponse"
                },
                "CreateTopics": {
                  "requestType": "CreateTopicsRequest",
                  "responseType": "CreateTopicsResponse"
                },
                "DeleteTopics": {
                  "requestType": "DeleteTopicsRequest",
                  "responseType": "DeleteTopicsResponse"
                },
                "CreatePartitions": {
                  "requestType": "CreatePartitionsRequest",
                  "responseType": "CreatePartitionsResponse"
                },
                "AlterConfigs": {
                  "requestType": "AlterConfigsRequest",
                  "responseType": "AlterConfigsResponse"
                },
                "ElectLeaders": {
                  "requestType": "ElectLeadersRequest",
                  "responseType": "ElectLeadersResponse"
                },
                "AlterReassignments": {
                  "requestType": "AlterReassignmentsRequest",
                  "responseType": "AlterReassignmentsResponse"
                },
                "ListReassignments": {
                  "requestType": "ListReassignmentsRequest",
                  "responseType": "ListReassignmentsResponse"
                },
                "DescribeBalance": {
                  "requestType": "DescribeBalanceRequest",
                  "responseType": "DescribeBalanceResponse"
                },
                "UnregisterBroker": {
                  "requestType": "UnregisterBrokerRequest",
                  "responseType": "UnregisterBrokerResponse"
                },
                "AlterBalance": {
                  "requestType": "AlterBalanceRequest",
                  "responseType": "AlterBalanceResponse"
                },
                "DescribeVersions": {
                  "requestType": "DescribeVersionsRequest",
                  "responseType": "DescribeVersionsResponse"
                },
                "RaiseVersion": {
                  "requestType": "RaiseVersionRequest",
                  "responseType": "RaiseVersionResponse"
                },
                "DescribeRecovery": {
                  "requestType": "DescribeRecoveryRequest",
                  "responseType": "DescribeRecoveryResponse"
                },
                "DescribeQuorum": {
                  "requestType": "DescribeQuorumRequest",
                  "responseType": "DescribeQuorumResponse"
                },
                "AlterQuorum": {
                  "requestType": "AlterQuorumRequest",
                  "responseType": "AlterQuorumResponse"
                }
              }
            },
            "RegisterBrokerRequest": {
              "oneofs": {
                "_minInsyncReplicas": {
                  "oneof": [
                    "minInsyncReplicas"
                  ]
                },
                "_ackDurability": {
                  "oneof": [
                    "ackDurability"
                  ]
                }
              },
              "fields": {
                "clusterId": {
                  "type": "string",
                  "id": 1
                },
                "brokerId": {
                  "type": "int32",
                  "id": 2
                },
                "incarnationId": {
                  "type": "string",
                  "id": 3
                },
                "directoryId": {
                  "type": "string",
                  "id": 4
                },
                "clientAddress": {
                  "type": "string",
                  "id": 5
                },
                "peerAddress": {
                  "type": "string",
                  "id": 6
                },
                "kafkaAddress": {
                  "type": "string",
                  "id": 7
                },
                "rack": {
                  "type": "string",
                  "id": 8
                },
                "minMetadataVersion": {
                  "type": "int32",
                  "id": 9
                },
                "maxMetadataVersion": {
                  "type": "int32",
                  "id": 10
                },
                "previousBrokerEpoch": {
                  "type": "int64",
                  "id": 11
                },
                "damaged": {
                  "rule": "repeated",
                  "type": "PartitionRef",
                  "id": 12
                },
                "minInsyncReplicas": {
                  "type": "int32",
                  "id": 13,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "ackDurability": {
                  "type": "string",
                  "id": 14,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "offline": {
                  "rule": "repeated",
                  "type": "PartitionRef",
                  "id": 15
                }
              }
            },
            "PartitionRef": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "RegisterBrokerResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "errorMessage": {
                  "type": "string",
                  "id": 2
                },
                "brokerEpoch": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "BrokerHeartbeat": {
              "oneofs": {
                "_minInsyncReplicas": {
                  "oneof": [
                    "minInsyncReplicas"
                  ]
                },
                "_ackDurability": {
                  "oneof": [
                    "ackDurability"
                  ]
                }
              },
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "brokerEpoch": {
                  "type": "int64",
                  "id": 2
                },
                "metadataIndex": {
                  "type": "int64",
                  "id": 3
                },
                "wantFence": {
                  "type": "bool",
                  "id": 4
                },
                "wantShutdown": {
                  "type": "bool",
                  "id": 5
                },
                "damaged": {
                  "rule": "repeated",
                  "type": "PartitionRef",
                  "id": 6
                },
                "minInsyncReplicas": {
                  "type": "int32",
                  "id": 7,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "ackDurability": {
                  "type": "string",
                  "id": 8,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "offline": {
                  "rule": "repeated",
                  "type": "PartitionRef",
                  "id": 9
                },
                "offlineDirectories": {
                  "rule": "repeated",
                  "type": "OfflineDirectory",
                  "id": 10
                }
              }
            },
            "OfflineDirectory": {
              "fields": {
                "path": {
                  "type": "string",
                  "id": 1
                },
                "reason": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "OfflineBroker": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "directories": {
                  "rule": "repeated",
                  "type": "OfflineDirectory",
                  "id": 2
                },
                "replicas": {
                  "rule": "repeated",
                  "type": "PartitionRef",
                  "id": 3
                }
              }
            },
            "OfflineNews": {
              "fields": {
                "brokers": {
                  "rule": "repeated",
                  "type": "OfflineBroker",
                  "id": 1
                }
              }
            },
            "BrokerHeartbeatReply": {
              "oneofs": {
                "_offline": {
                  "oneof": [
                    "offline"
                  ]
                }
              },
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "fenced": {
                  "type": "bool",
                  "id": 2
                },
                "mayShutDown": {
                  "type": "bool",
                  "id": 3
                },
                "committedIndex": {
                  "type": "int64",
                  "id": 4
                },
                "offline": {
                  "type": "OfflineNews",
                  "id": 5,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "AlterPartitionRequest": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "brokerEpoch": {
                  "type": "int64",
                  "id": 2
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "AlterPartitionItem",
                  "id": 3
                }
              }
            },
            "AlterPartitionItem": {
              "oneofs": {
                "_minInsyncReplicas": {
                  "oneof": [
                    "minInsyncReplicas"
                  ]
                }
              },
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 3
                },
                "partitionEpoch": {
                  "type": "int32",
                  "id": 4
                },
                "newIsr": {
                  "rule": "repeated",
                  "type": "IsrMember",
                  "id": 5
                },
                "minInsyncReplicas": {
                  "type": "int32",
                  "id": 6,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "IsrMember": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "brokerEpoch": {
                  "type": "int64",
                  "id": 2
                }
              }
            },
            "AlterPartitionResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "AlterPartitionResult",
                  "id": 2
                }
              }
            },
            "AlterPartitionResult": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "leader": {
                  "type": "int32",
                  "id": 4
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 5
                },
                "isr": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 6
                },
                "partitionEpoch": {
                  "type": "int32",
                  "id": 7
                }
              }
            },
            "AllocateProducerIdsRequest": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "brokerEpoch": {
                  "type": "int64",
                  "id": 2
                }
              }
            },
            "AllocateProducerIdsResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "firstProducerId": {
                  "type": "int64",
                  "id": 2
                },
                "count": {
                  "type": "int32",
                  "id": 3
                }
              }
            },
            "CreateTopicsRequest": {
              "fields": {
                "topics": {
                  "rule": "repeated",
                  "type": "NewTopic",
                  "id": 1
                },
                "validateOnly": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "NewTopic": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "partitions": {
                  "type": "int32",
                  "id": 2
                },
                "replicationFactor": {
                  "type": "int32",
                  "id": 3
                },
                "assignments": {
                  "rule": "repeated",
                  "type": "ReplicaAssignment",
                  "id": 4
                },
                "configs": {
                  "keyType": "string",
                  "type": "string",
                  "id": 5
                }
              }
            },
            "ReplicaAssignment": {
              "fields": {
                "partition": {
                  "type": "int32",
                  "id": 1
                },
                "replicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "CreateTopicsResponse": {
              "fields": {
                "topics": {
                  "rule": "repeated",
                  "type": "TopicResult",
                  "id": 1
                }
              }
            },
            "TopicResult": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "topicId": {
                  "type": "string",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "errorMessage": {
                  "type": "string",
                  "id": 4
                },
                "partitions": {
                  "type": "int32",
                  "id": 5
                },
                "replicationFactor": {
                  "type": "int32",
                  "id": 6
                }
              }
            },
            "DeleteTopicsRequest": {
              "fields": {
                "names": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 1
                },
                "topicIds": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 2
                },
                "validateOnly": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "DeleteTopicsResponse": {
              "fields": {
                "topics": {
                  "rule": "repeated",
                  "type": "TopicResult",
                  "id": 1
                }
              }
            },
            "CreatePartitionsRequest": {
              "fields": {
                "topics": {
                  "rule": "repeated",
                  "type": "TopicGrowth",
                  "id": 1
                },
                "validateOnly": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "TopicGrowth": {
              "oneofs": {
                "_fence": {
                  "oneof": [
                    "fence"
                  ]
                }
              },
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "totalPartitions": {
                  "type": "int32",
                  "id": 2
                },
                "assignments": {
                  "rule": "repeated",
                  "type": "ReplicaAssignment",
                  "id": 3
                },
                "fence": {
                  "type": "GrowthFence",
                  "id": 4,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "GrowthFence": {
              "fields": {
                "groups": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 1
                },
                "settleMs": {
                  "type": "int64",
                  "id": 2
                }
              }
            },
            "CreatePartitionsResponse": {
              "fields": {
                "topics": {
                  "rule": "repeated",
                  "type": "TopicResult",
                  "id": 1
                }
              }
            },
            "AlterConfigsRequest": {
              "fields": {
                "changes": {
                  "rule": "repeated",
                  "type": "ConfigChange",
                  "id": 1
                },
                "validateOnly": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "ConfigChange": {
              "oneofs": {
                "_value": {
                  "oneof": [
                    "value"
                  ]
                }
              },
              "fields": {
                "resourceType": {
                  "type": "string",
                  "id": 1
                },
                "resource": {
                  "type": "string",
                  "id": 2
                },
                "key": {
                  "type": "string",
                  "id": 3
                },
                "value": {
                  "type": "string",
                  "id": 4,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "AlterConfigsResponse": {
              "fields": {
                "results": {
                  "rule": "repeated",
                  "type": "ConfigResult",
                  "id": 1
                },
                "metadataIndex": {
                  "type": "int64",
                  "id": 2
                }
              }
            },
            "ConfigResult": {
              "fields": {
                "resourceType": {
                  "type": "string",
                  "id": 1
                },
                "resource": {
                  "type": "string",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "errorMessage": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "ElectLeadersRequest": {
              "oneofs": {
                "_leader": {
                  "oneof": [
                    "leader"
                  ]
                }
              },
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "PartitionRef",
                  "id": 1
                },
                "unclean": {
                  "type": "bool",
                  "id": 2
                },
                "leader": {
                  "type": "int32",
                  "id": 3,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "ElectLeadersResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "results": {
                  "rule": "repeated",
                  "type": "PartitionResult",
                  "id": 2
                },
                "metadataIndex": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "PartitionResult": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                }
              }
            },
            "DescribeVersionsRequest": {
              "fields": {}
            },
            "DescribeVersionsResponse": {
              "fields": {
                "finalized": {
                  "type": "int32",
                  "id": 1
                },
                "possible": {
                  "type": "int32",
                  "id": 2
                },
                "versions": {
                  "rule": "repeated",
                  "type": "MetadataVersion",
                  "id": 3
                },
                "nodes": {
                  "rule": "repeated",
                  "type": "NodeVersions",
                  "id": 4
                },
                "hindrances": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 5
                }
              }
            },
            "MetadataVersion": {
              "fields": {
                "version": {
                  "type": "int32",
                  "id": 1
                },
                "adds": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 2
                }
              }
            },
            "NodeVersions": {
              "fields": {
                "nodeId": {
                  "type": "int32",
                  "id": 1
                },
                "broker": {
                  "type": "bool",
                  "id": 2
                },
                "voter": {
                  "type": "bool",
                  "id": 3
                },
                "minVersion": {
                  "type": "int32",
                  "id": 4
                },
                "maxVersion": {
                  "type": "int32",
                  "id": 5
                }
              }
            },
            "RaiseVersionRequest": {
              "fields": {
                "to": {
                  "type": "int32",
                  "id": 1
                },
                "validateOnly": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "RaiseVersionResponse": {
              "fields": {
                "from": {
                  "type": "int32",
                  "id": 1
                },
                "to": {
                  "type": "int32",
                  "id": 2
                },
                "metadataIndex": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "DescribeQuorumRequest": {
              "fields": {}
            },
            "DescribeQuorumResponse": {
              "fields": {
                "nodeId": {
                  "type": "int32",
                  "id": 1
                },
                "leaderId": {
                  "type": "int32",
                  "id": 2
                },
                "term": {
                  "type": "int64",
                  "id": 3
                },
                "commitIndex": {
                  "type": "int64",
                  "id": 4
                },
                "lastIndex": {
                  "type": "int64",
                  "id": 5
                },
                "peers": {
                  "rule": "repeated",
                  "type": "QuorumPeer",
                  "id": 6
                },
                "voters": {
                  "rule": "repeated",
                  "type": "RaftVoter",
                  "id": 7
                }
              }
            },
            "QuorumPeer": {
              "fields": {
                "nodeId": {
                  "type": "int32",
                  "id": 1
                },
                "voter": {
                  "type": "bool",
                  "id": 2
                },
                "matchIndex": {
                  "type": "int64",
                  "id": 3
                },
                "directoryId": {
                  "type": "string",
                  "id": 4
                },
                "canVote": {
                  "type": "bool",
                  "id": 5
                },
                "counts": {
                  "type": "bool",
                  "id": 6
                },
                "needsUpdate": {
                  "type": "bool",
                  "id": 7
                }
              }
            },
            "AlterQuorumRequest": {
              "fields": {
                "nodeId": {
                  "type": "int32",
                  "id": 1
                },
                "remove": {
                  "type": "bool",
                  "id": 2
                },
                "directoryId": {
                  "type": "string",
                  "id": 3
                }
              }
            },
            "AlterQuorumResponse": {
              "fields": {
                "changed": {
                  "type": "bool",
                  "id": 1
                },
                "voters": {
                  "rule": "repeated",
                  "type": "RaftVoter",
                  "id": 2
                }
              }
            },
            "AlterReassignmentsRequest": {
              "fields": {
                "targets": {
                  "rule": "repeated",
                  "type": "ReassignmentTarget",
                  "id": 1
                },
                "allowReplicationFactorChange": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "ReassignmentTarget": {
              "fields": {
                "topic": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "replicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 3
                },
                "cancel": {
                  "type": "bool",
                  "id": 4
                }
              }
            },
            "AlterReassignmentsResponse": {
              "fields": {
                "results": {
                  "rule": "repeated",
                  "type": "ReassignmentResult",
                  "id": 1
                },
                "metadataIndex": {
                  "type": "int64",
                  "id": 2
                }
              }
            },
            "ReassignmentResult": {
              "fields": {
                "topic": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "errorMessage": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "ListReassignmentsRequest": {
              "fields": {
                "topics": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 1
                }
              }
            },
            "ListReassignmentsResponse": {
              "fields": {
                "reassignments": {
                  "rule": "repeated",
                  "type": "OngoingReassignment",
                  "id": 1
                }
              }
            },
            "OngoingReassignment": {
              "fields": {
                "topic": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "replicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 3
                },
                "addingReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 4
                },
                "removingReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 5
                },
                "isr": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 6
                }
              }
            },
            "DescribeBalanceRequest": {
              "fields": {
                "whatIf": {
                  "type": "bool",
                  "id": 1
                }
              }
            },
            "DescribeBalanceResponse": {
              "fields": {
                "reason": {
                  "type": "string",
                  "id": 1
                },
                "planned": {
                  "rule": "repeated",
                  "type": "PlannedMove",
                  "id": 2
                },
                "underWay": {
                  "rule": "repeated",
                  "type": "OwnMoveState",
                  "id": 3
                },
                "leftBytes": {
                  "type": "int64",
                  "id": 4
                },
                "leftMs": {
                  "type": "int64",
                  "id": 5
                },
                "seenBytesPerSecond": {
                  "type": "int64",
                  "id": 6
                },
                "automatic": {
                  "type": "bool",
                  "id": 7
                },
                "away": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 8
                },
                "isPlanWhole": {
                  "type": "bool",
                  "id": 9
                }
              }
            },
            "PlannedMove": {
              "fields": {
                "topic": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "from": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 3
                },
                "to": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 4
                },
                "copyBytes": {
                  "type": "int64",
                  "id": 5
                },
                "heal": {
                  "type": "bool",
                  "id": 6
                }
              }
            },
            "OwnMoveState": {
              "fields": {
                "topic": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "heal": {
                  "type": "bool",
                  "id": 3
                },
                "to": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 4
                },
                "addingReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 5
                },
                "copiedBytes": {
                  "type": "int64",
                  "id": 6
                },
                "copyBytes": {
                  "type": "int64",
                  "id": 7
                }
              }
            },
            "AlterBalanceRequest": {
              "fields": {
                "apply": {
                  "type": "bool",
                  "id": 1
                }
              }
            },
            "AlterBalanceResponse": {
              "fields": {
                "cancelledCount": {
                  "type": "int32",
                  "id": 1
                }
              }
            },
            "UnregisterBrokerRequest": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                }
              }
            },
            "UnregisterBrokerResponse": {
              "fields": {
                "metadataIndex": {
                  "type": "int64",
                  "id": 1
                }
              }
            },
            "RaftService": {
              "methods": {
                "Exchange": {
                  "requestType": "RaftEnvelope",
                  "requestStream": true,
                  "responseType": "RaftEnvelope",
                  "responseStream": true
                }
              }
            },
            "RaftEnvelope": {
              "fields": {
                "clusterId": {
                  "type": "string",
                  "id": 1
                },
                "to": {
                  "type": "int32",
                  "id": 2
                },
                "body": {
                  "type": "RaftBody",
                  "id": 3
                },
                "toDirectory": {
                  "type": "string",
                  "id": 4
                },
                "fromDirectory": {
                  "type": "string",
                  "id": 5
                },
                "canVote": {
                  "type": "bool",
                  "id": 6
                },
                "onlyIfNamed": {
                  "type": "bool",
                  "id": 7
                },
                "fromAddress": {
                  "type": "string",
                  "id": 8
                },
                "minMetadataVersion": {
                  "type": "int32",
                  "id": 9
                },
                "maxMetadataVersion": {
                  "type": "int32",
                  "id": 10
                }
              }
            },
            "RaftBody": {
              "oneofs": {
                "body": {
                  "oneof": [
                    "preVote",
                    "preVoteReply",
                    "vote",
                    "voteReply",
                    "append",
                    "appendReply",
                    "installSnapshot",
                    "installSnapshotReply",
                    "timeoutNow",
                    "observe",
                    "leaderHint"
                  ]
                }
              },
              "fields": {
                "preVote": {
                  "type": "RaftPreVote",
                  "id": 1
                },
                "preVoteReply": {
                  "type": "RaftPreVoteReply",
                  "id": 2
                },
                "vote": {
                  "type": "RaftVote",
                  "id": 3
                },
                "voteReply": {
                  "type": "RaftVoteReply",
                  "id": 4
                },
                "append": {
                  "type": "RaftAppend",
                  "id": 5
                },
                "appendReply": {
                  "type": "RaftAppendReply",
                  "id": 6
                },
                "installSnapshot": {
                  "type": "RaftInstallSnapshot",
                  "id": 7
                },
                "installSnapshotReply": {
                  "type": "RaftInstallSnapshotReply",
                  "id": 8
                },
                "timeoutNow": {
                  "type": "RaftTimeoutNow",
                  "id": 9
                },
                "observe": {
                  "type": "RaftObserve",
                  "id": 10
                },
                "leaderHint": {
                  "type": "RaftLeaderHint",
                  "id": 11
                }
              }
            },
            "RaftPreVote": {
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                },
                "lastIndex": {
                  "type": "int64",
                  "id": 3
                },
                "lastTerm": {
                  "type": "int64",
                  "id": 4
                }
              }
            },
            "RaftPreVoteReply": {
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                },
                "granted": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "RaftVote": {
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                },
                "lastIndex": {
                  "type": "int64",
                  "id": 3
                },
                "lastTerm": {
                  "type": "int64",
                  "id": 4
                }
              }
            },
            "RaftVoteReply": {
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                },
                "granted": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "RaftAppend": {
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                },
                "prevIndex": {
                  "type": "int64",
                  "id": 3
                },
                "prevTerm": {
                  "type": "int64",
                  "id": 4
                },
                "entries": {
                  "rule": "repeated",
                  "type": "RaftEntry",
                  "id": 5
                },
                "commitIndex": {
                  "type": "int64",
                  "id": 6
                },
                "needsUpdate": {
                  "type": "bool",
                  "id": 7
                }
              }
            },
            "RaftEntry": {
              "fields": {
                "index": {
                  "type": "int64",
                  "id": 1
                },
                "term": {
                  "type": "int64",
                  "id": 2
                },
                "leaderChange": {
                  "type": "bool",
                  "id": 3
                },
                "payload": {
                  "type": "bytes",
                  "id": 4
                },
                "voters": {
                  "rule": "repeated",
                  "type": "RaftVoter",
                  "id": 5
                }
              }
            },
            "RaftVoter": {
              "fields": {
                "nodeId": {
                  "type": "int32",
                  "id": 1
                },
                "directoryId": {
                  "type": "string",
                  "id": 2
                },
                "address": {
                  "type": "string",
                  "id": 3
                }
              }
            },
            "RaftAppendReply": {
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                },
                "success": {
                  "type": "bool",
                  "id": 3
                },
                "matchIndex": {
                  "type": "int64",
                  "id": 4
                },
                "hintIndex": {
                  "type": "int64",
                  "id": 5
                },
                "hintTerm": {
                  "type": "int64",
                  "id": 6
                }
              }
            },
            "RaftSnapshotId": {
              "fields": {
                "index": {
                  "type": "int64",
                  "id": 1
                },
                "term": {
                  "type": "int64",
                  "id": 2
                }
              }
            },
            "RaftInstallSnapshot": {
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                },
                "snapshotId": {
                  "type": "RaftSnapshotId",
                  "id": 3
                },
                "offset": {
                  "type": "int64",
                  "id": 4
                },
                "data": {
                  "type": "bytes",
                  "id": 5
                },
                "done": {
                  "type": "bool",
                  "id": 6
                },
                "totalBytes": {
                  "type": "int64",
                  "id": 7
                },
                "voters": {
                  "rule": "repeated",
                  "type": "RaftVoter",
                  "id": 8
                }
              }
            },
            "RaftInstallSnapshotReply": {
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                },
                "snapshotId": {
                  "type": "RaftSnapshotId",
                  "id": 3
                },
                "offset": {
                  "type": "int64",
                  "id": 4
                }
              }
            },
            "RaftTimeoutNow": {
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "RaftObserve": {
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                },
                "lastIndex": {
                  "type": "int64",
                  "id": 3
                },
                "lastTerm": {
                  "type": "int64",
                  "id": 4
                }
              }
            },
            "RaftLeaderHint": {
              "oneofs": {
                "_leaderId": {
                  "oneof": [
                    "leaderId"
                  ]
                }
              },
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "from": {
                  "type": "int32",
                  "id": 2
                },
                "leaderId": {
                  "type": "int32",
                  "id": 3,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "leaderAddress": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "RaftHardState": {
              "oneofs": {
                "_votedFor": {
                  "oneof": [
                    "votedFor"
                  ]
                }
              },
              "fields": {
                "term": {
                  "type": "int64",
                  "id": 1
                },
                "votedFor": {
                  "type": "int32",
                  "id": 2,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "RaftLogBase": {
              "oneofs": {
                "_snapshot": {
                  "oneof": [
                    "snapshot"
                  ]
                }
              },
              "fields": {
                "index": {
                  "type": "int64",
                  "id": 1
                },
                "chainSum": {
                  "type": "uint32",
                  "id": 2
                },
                "snapshot": {
                  "type": "RaftSnapshotId",
                  "id": 3,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "snapshotVoters": {
                  "rule": "repeated",
                  "type": "RaftVoter",
                  "id": 4
                }
              }
            },
            "ReplicaEndsRequest": {
              "fields": {
                "replicas": {
                  "rule": "repeated",
                  "type": "ReplicaPlace",
                  "id": 1
                }
              }
            },
            "ReplicaPlace": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "ReplicaEndsResponse": {
              "fields": {
                "brokerEpoch": {
                  "type": "int64",
                  "id": 1
                },
                "ends": {
                  "rule": "repeated",
                  "type": "ReplicaEnd",
                  "id": 2
                }
              }
            },
            "ReplicaEnd": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "lastEpoch": {
                  "type": "int32",
                  "id": 3
                },
                "logStartOffset": {
                  "type": "int64",
                  "id": 4
                },
                "logEndOffset": {
                  "type": "int64",
                  "id": 5
                },
                "flushedOffset": {
                  "type": "int64",
                  "id": 6
                },
                "highWatermark": {
                  "type": "int64",
                  "id": 7
                }
              }
            },
            "DescribeRecoveryRequest": {
              "fields": {
                "topic": {
                  "type": "string",
                  "id": 1
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "DescribeRecoveryResponse": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "PartitionRecovery",
                  "id": 2
                }
              }
            },
            "PartitionRecovery": {
              "fields": {
                "partition": {
                  "type": "int32",
                  "id": 1
                },
                "leader": {
                  "type": "int32",
                  "id": 2
                },
                "isr": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 3
                },
                "eligibleLeaderReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 4
                },
                "lastKnownElr": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 5
                },
                "replicas": {
                  "rule": "repeated",
                  "type": "RecoveryReplica",
                  "id": 6
                },
                "choice": {
                  "type": "int32",
                  "id": 7
                },
                "knownHighWatermark": {
                  "type": "int64",
                  "id": 8
                }
              }
            },
            "RecoveryReplica": {
              "oneofs": {
                "_log": {
                  "oneof": [
                    "log"
                  ]
                }
              },
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "inService": {
                  "type": "bool",
                  "id": 2
                },
                "log": {
                  "type": "ReplicaEnd",
                  "id": 3,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "ListDelayedRequest": {
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "ListDelayedPartition",
                  "id": 1
                }
              }
            },
            "ListDelayedPartition": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "fromDueMs": {
                  "type": "int64",
                  "id": 3
                },
                "fromHeldOffset": {
                  "type": "int64",
                  "id": 4
                },
                "maxCount": {
                  "type": "int32",
                  "id": 5
                }
              }
            },
            "ListDelayedResponse": {
              "fields": {
                "partitions": {
                  "rule": "repeated",
                  "type": "ListDelayedResult",
                  "id": 1
                }
              }
            },
            "ListDelayedResult": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "records": {
                  "rule": "repeated",
                  "type": "DelayedRecord",
                  "id": 4
                },
                "nextDueMs": {
                  "type": "int64",
                  "id": 5
                },
                "nextHeldOffset": {
                  "type": "int64",
                  "id": 6
                }
              }
            },
            "DelayedRecord": {
              "oneofs": {
                "_key": {
                  "oneof": [
                    "key"
                  ]
                },
                "_value": {
                  "oneof": [
                    "value"
                  ]
                }
              },
              "fields": {
                "offset": {
                  "type": "int64",
                  "id": 1
                },
                "dueMs": {
                  "type": "int64",
                  "id": 2
                },
                "timestampMs": {
                  "type": "int64",
                  "id": 3
                },
                "key": {
                  "type": "bytes",
                  "id": 4,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "value": {
                  "type": "bytes",
                  "id": 5,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "headers": {
                  "rule": "repeated",
                  "type": "DelayedHeader",
                  "id": 6
                }
              }
            },
            "DelayedHeader": {
              "oneofs": {
                "_value": {
                  "oneof": [
                    "value"
                  ]
                }
              },
              "fields": {
                "key": {
                  "type": "string",
                  "id": 1
                },
                "value": {
                  "type": "bytes",
                  "id": 2,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "GetDelayedRequest": {
              "fields": {
                "records": {
                  "rule": "repeated",
                  "type": "DelayedPlace",
                  "id": 1
                }
              }
            },
            "DelayedPlace": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "offset": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "GetDelayedResponse": {
              "fields": {
                "records": {
                  "rule": "repeated",
                  "type": "GetDelayedResult",
                  "id": 1
                }
              }
            },
            "GetDelayedResult": {
              "oneofs": {
                "_record": {
                  "oneof": [
                    "record"
                  ]
                }
              },
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "record": {
                  "type": "DelayedRecord",
                  "id": 4,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "CancelDelayedRequest": {
              "fields": {
                "records": {
                  "rule": "repeated",
                  "type": "DelayedPlace",
                  "id": 1
                },
                "timeoutMs": {
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "RescheduleDelayedRequest": {
              "fields": {
                "records": {
                  "rule": "repeated",
                  "type": "Rescheduling",
                  "id": 1
                },
                "timeoutMs": {
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "Rescheduling": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "offset": {
                  "type": "int64",
                  "id": 3
                },
                "deliverAtMs": {
                  "type": "int64",
                  "id": 4
                }
              }
            },
            "ChangeDelayedResponse": {
              "fields": {
                "records": {
                  "rule": "repeated",
                  "type": "ChangeDelayedResult",
                  "id": 1
                }
              }
            },
            "ChangeDelayedResult": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                }
              }
            },
            "GroupService": {
              "methods": {
                "FindGroupCoordinator": {
                  "requestType": "FindGroupCoordinatorRequest",
                  "responseType": "FindGroupCoordinatorResponse"
                },
                "JoinGroup": {
                  "requestType": "JoinGroupRequest",
                  "responseType": "JoinGroupResponse"
                },
                "SyncGroup": {
                  "requestType": "SyncGroupRequest",
                  "responseType": "SyncGroupResponse"
                },
                "GroupHeartbeat": {
                  "requestType": "GroupHeartbeatRequest",
                  "responseType": "GroupHeartbeatResponse"
                },
                "LeaveGroup": {
                  "requestType": "LeaveGroupRequest",
                  "responseType": "LeaveGroupResponse"
                },
                "CommitOffsets": {
                  "requestType": "CommitOffsetsRequest",
                  "responseType": "CommitOffsetsResponse"
                },
                "FetchCommitted": {
                  "requestType": "FetchCommittedRequest",
                  "responseType": "FetchCommittedResponse"
                },
                "ListGroups": {
                  "requestType": "ListGroupsRequest",
                  "responseType": "ListGroupsResponse"
                },
                "DescribeGroup": {
                  "requestType": "DescribeGroupRequest",
                  "responseType": "DescribeGroupResponse"
                },
                "DeleteGroup": {
                  "requestType": "DeleteGroupRequest",
                  "responseType": "DeleteGroupResponse"
                },
                "DeleteCommitted": {
                  "requestType": "DeleteCommittedRequest",
                  "responseType": "DeleteCommittedResponse"
                }
              }
            },
            "FindGroupCoordinatorRequest": {
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "FindGroupCoordinatorResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "errorMessage": {
                  "type": "string",
                  "id": 2
                },
                "brokerId": {
                  "type": "int32",
                  "id": 3
                },
                "address": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "JoinGroupRequest": {
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                },
                "memberId": {
                  "type": "string",
                  "id": 2
                },
                "instanceId": {
                  "type": "string",
                  "id": 3
                },
                "clientId": {
                  "type": "string",
                  "id": 4
                },
                "sessionTimeoutMs": {
                  "type": "int32",
                  "id": 5
                },
                "rebalanceTimeoutMs": {
                  "type": "int32",
                  "id": 6
                },
                "protocolType": {
                  "type": "string",
                  "id": 7
                },
                "protocols": {
                  "rule": "repeated",
                  "type": "GroupProtocol",
                  "id": 8
                }
              }
            },
            "GroupProtocol": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "metadata": {
                  "type": "bytes",
                  "id": 2
                }
              }
            },
            "JoinGroupResponse": {
              "oneofs": {
                "_sharing": {
                  "oneof": [
                    "sharing"
                  ]
                }
              },
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "memberId": {
                  "type": "string",
                  "id": 2
                },
                "generation": {
                  "type": "int32",
                  "id": 3
                },
                "protocol": {
                  "type": "string",
                  "id": 4
                },
                "leader": {
                  "type": "string",
                  "id": 5
                },
                "members": {
                  "rule": "repeated",
                  "type": "GroupMemberInfo",
                  "id": 6
                },
                "sharing": {
                  "type": "GroupSharing",
                  "id": 7,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "GroupSharing": {
              "oneofs": {
                "_overflow": {
                  "oneof": [
                    "overflow"
                  ]
                }
              },
              "fields": {
                "standbyLabels": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 1
                },
                "overflow": {
                  "type": "OverflowLimits",
                  "id": 2,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "OverflowLimits": {
              "oneofs": {
                "_aboveLagCount": {
                  "oneof": [
                    "aboveLagCount"
                  ]
                },
                "_aboveLagMs": {
                  "oneof": [
                    "aboveLagMs"
                  ]
                },
                "_belowLagCount": {
                  "oneof": [
                    "belowLagCount"
                  ]
                },
                "_belowLagMs": {
                  "oneof": [
                    "belowLagMs"
                  ]
                }
              },
              "fields": {
                "aboveLagCount": {
                  "type": "int64",
                  "id": 1,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "aboveLagMs": {
                  "type": "int64",
                  "id": 2,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "belowLagCount": {
                  "type": "int64",
                  "id": 3,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "belowLagMs": {
                  "type": "int64",
                  "id": 4,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "forMs": {
                  "type": "int64",
                  "id": 5
                }
              }
            },
            "GroupMemberInfo": {
              "oneofs": {
                "_handlerTimes": {
                  "oneof": [
                    "handlerTimes"
                  ]
                }
              },
              "fields": {
                "memberId": {
                  "type": "string",
                  "id": 1
                },
                "instanceId": {
                  "type": "string",
                  "id": 2
                },
                "metadata": {
                  "type": "bytes",
                  "id": 3
                },
                "assignment": {
                  "type": "bytes",
                  "id": 4
                },
                "clientId": {
                  "type": "string",
                  "id": 5
                },
                "clientHost": {
                  "type": "string",
                  "id": 6
                },
                "handlerTimes": {
                  "type": "HandlerTimes",
                  "id": 7,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "SyncGroupRequest": {
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                },
                "memberId": {
                  "type": "string",
                  "id": 2
                },
                "instanceId": {
                  "type": "string",
                  "id": 3
                },
                "generation": {
                  "type": "int32",
                  "id": 4
                },
                "protocol": {
                  "type": "string",
                  "id": 5
                },
                "assignments": {
                  "rule": "repeated",
                  "type": "MemberAssignment",
                  "id": 6
                }
              }
            },
            "MemberAssignment": {
              "fields": {
                "memberId": {
                  "type": "string",
                  "id": 1
                },
                "assignment": {
                  "type": "bytes",
                  "id": 2
                }
              }
            },
            "SyncGroupResponse": {
              "oneofs": {
                "_degrade": {
                  "oneof": [
                    "degrade"
                  ]
                }
              },
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "assignment": {
                  "type": "bytes",
                  "id": 2
                },
                "degrade": {
                  "type": "GroupDegrade",
                  "id": 3,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "GroupDegrade": {
              "oneofs": {
                "_skipOlderThanMs": {
                  "oneof": [
                    "skipOlderThanMs"
                  ]
                },
                "_sample": {
                  "oneof": [
                    "sample"
                  ]
                }
              },
              "fields": {
                "skipOlderThanMs": {
                  "type": "int64",
                  "id": 1,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "sample": {
                  "type": "double",
                  "id": 2,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "paused": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "GroupHeartbeatRequest": {
              "oneofs": {
                "_handlerTimes": {
                  "oneof": [
                    "handlerTimes"
                  ]
                }
              },
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                },
                "memberId": {
                  "type": "string",
                  "id": 2
                },
                "instanceId": {
                  "type": "string",
                  "id": 3
                },
                "generation": {
                  "type": "int32",
                  "id": 4
                },
                "waitMs": {
                  "type": "int32",
                  "id": 5
                },
                "handlerTimes": {
                  "type": "HandlerTimes",
                  "id": 6,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "HandlerTimes": {
              "fields": {
                "callCount": {
                  "type": "int32",
                  "id": 1
                },
                "recordCount": {
                  "type": "int32",
                  "id": 2
                },
                "p50Ms": {
                  "type": "double",
                  "id": 3
                },
                "p99Ms": {
                  "type": "double",
                  "id": 4
                }
              }
            },
            "GroupHeartbeatResponse": {
              "oneofs": {
                "_degrade": {
                  "oneof": [
                    "degrade"
                  ]
                },
                "_sharing": {
                  "oneof": [
                    "sharing"
                  ]
                }
              },
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "degrade": {
                  "type": "GroupDegrade",
                  "id": 2,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "sharing": {
                  "type": "GroupSharing",
                  "id": 3,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "LeaveGroupRequest": {
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                },
                "members": {
                  "rule": "repeated",
                  "type": "LeavingMember",
                  "id": 2
                }
              }
            },
            "LeavingMember": {
              "fields": {
                "memberId": {
                  "type": "string",
                  "id": 1
                },
                "instanceId": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "LeaveGroupResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "memberErrorCodes": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "CommitOffsetsRequest": {
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                },
                "memberId": {
                  "type": "string",
                  "id": 2
                },
                "instanceId": {
                  "type": "string",
                  "id": 3
                },
                "generation": {
                  "type": "int32",
                  "id": 4
                },
                "offsets": {
                  "rule": "repeated",
                  "type": "OffsetToCommit",
                  "id": 5
                }
              }
            },
            "OffsetToCommit": {
              "fields": {
                "topic": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "offset": {
                  "type": "int64",
                  "id": 3
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 4
                },
                "metadata": {
                  "type": "string",
                  "id": 5
                }
              }
            },
            "CommitOffsetsResponse": {
              "fields": {
                "errorCodes": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 1
                }
              }
            },
            "FetchCommittedRequest": {
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                },
                "all": {
                  "type": "bool",
                  "id": 2
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "TopicPartitionName",
                  "id": 3
                }
              }
            },
            "TopicPartitionName": {
              "fields": {
                "topic": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "FetchCommittedResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "offsets": {
                  "rule": "repeated",
                  "type": "CommittedOffset",
                  "id": 2
                }
              }
            },
            "CommittedOffset": {
              "fields": {
                "topic": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "offset": {
                  "type": "int64",
                  "id": 3
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 4
                },
                "metadata": {
                  "type": "string",
                  "id": 5
                },
                "committedAtMs": {
                  "type": "int64",
                  "id": 6
                }
              }
            },
            "ListGroupsRequest": {
              "fields": {}
            },
            "ListGroupsResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "groups": {
                  "rule": "repeated",
                  "type": "GroupListing",
                  "id": 2
                }
              }
            },
            "GroupListing": {
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                },
                "protocolType": {
                  "type": "string",
                  "id": 2
                },
                "state": {
                  "type": "string",
                  "id": 3
                },
                "standbyLabels": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 4
                }
              }
            },
            "DescribeGroupRequest": {
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "DescribeGroupResponse": {
              "oneofs": {
                "_sharing": {
                  "oneof": [
                    "sharing"
                  ]
                }
              },
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "state": {
                  "type": "string",
                  "id": 2
                },
                "protocolType": {
                  "type": "string",
                  "id": 3
                },
                "generation": {
                  "type": "int32",
                  "id": 4
                },
                "protocol": {
                  "type": "string",
                  "id": 5
                },
                "leader": {
                  "type": "string",
                  "id": 6
                },
                "members": {
                  "rule": "repeated",
                  "type": "GroupMemberInfo",
                  "id": 7
                },
                "sharing": {
                  "type": "GroupSharing",
                  "id": 8,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "DeleteGroupRequest": {
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "DeleteGroupResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                }
              }
            },
            "DeleteCommittedRequest": {
              "fields": {
                "groupId": {
                  "type": "string",
                  "id": 1
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "TopicPartitionName",
                  "id": 2
                }
              }
            },
            "DeleteCommittedResponse": {
              "fields": {
                "errorCode": {
                  "type": "int32",
                  "id": 1
                },
                "partitionErrorCodes": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "MetadataBatch": {
              "fields": {
                "records": {
                  "rule": "repeated",
                  "type": "MetadataRecord",
                  "id": 1
                }
              }
            },
            "MetadataRecord": {
              "oneofs": {
                "record": {
                  "oneof": [
                    "registerBroker",
                    "unregisterBroker",
                    "brokerChange",
                    "topic",
                    "removeTopic",
                    "partition",
                    "partitionChange",
                    "config",
                    "producerIds",
                    "featureLevel",
                    "noOp"
                  ]
                }
              },
              "fields": {
                "registerBroker": {
                  "type": "RegisterBrokerRecord",
                  "id": 1
                },
                "unregisterBroker": {
                  "type": "UnregisterBrokerRecord",
                  "id": 2
                },
                "brokerChange": {
                  "type": "BrokerChangeRecord",
                  "id": 3
                },
                "topic": {
                  "type": "TopicRecord",
                  "id": 4
                },
                "removeTopic": {
                  "type": "RemoveTopicRecord",
                  "id": 5
                },
                "partition": {
                  "type": "PartitionRecord",
                  "id": 6
                },
                "partitionChange": {
                  "type": "PartitionChangeRecord",
                  "id": 7
                },
                "config": {
                  "type": "ConfigRecord",
                  "id": 8
                },
                "producerIds": {
                  "type": "ProducerIdsRecord",
                  "id": 9
                },
                "featureLevel": {
                  "type": "FeatureLevelRecord",
                  "id": 10
                },
                "noOp": {
                  "type": "NoOpRecord",
                  "id": 11
                }
              }
            },
            "RegisterBrokerRecord": {
              "oneofs": {
                "_minInsyncReplicas": {
                  "oneof": [
                    "minInsyncReplicas"
                  ]
                },
                "_ackDurability": {
                  "oneof": [
                    "ackDurability"
                  ]
                }
              },
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "incarnationId": {
                  "type": "string",
                  "id": 2
                },
                "directoryId": {
                  "type": "string",
                  "id": 3
                },
                "clientAddress": {
                  "type": "string",
                  "id": 4
                },
                "peerAddress": {
                  "type": "string",
                  "id": 5
                },
                "kafkaAddress": {
                  "type": "string",
                  "id": 6
                },
                "rack": {
                  "type": "string",
                  "id": 7
                },
                "minMetadataVersion": {
                  "type": "int32",
                  "id": 8
                },
                "maxMetadataVersion": {
                  "type": "int32",
                  "id": 9
                },
                "minInsyncReplicas": {
                  "type": "int32",
                  "id": 10,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "ackDurability": {
                  "type": "string",
                  "id": 11,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "UnregisterBrokerRecord": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "brokerEpoch": {
                  "type": "int64",
                  "id": 2
                }
              }
            },
            "BrokerChangeRecord": {
              "oneofs": {
                "_fenced": {
                  "oneof": [
                    "fenced"
                  ]
                },
                "_inControlledShutdown": {
                  "oneof": [
                    "inControlledShutdown"
                  ]
                },
                "_minInsyncReplicas": {
                  "oneof": [
                    "minInsyncReplicas"
                  ]
                },
                "_ackDurability": {
                  "oneof": [
                    "ackDurability"
                  ]
                }
              },
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "brokerEpoch": {
                  "type": "int64",
                  "id": 2
                },
                "fenced": {
                  "type": "bool",
                  "id": 3,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "inControlledShutdown": {
                  "type": "bool",
                  "id": 4,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "minInsyncReplicas": {
                  "type": "int32",
                  "id": 5,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "ackDurability": {
                  "type": "string",
                  "id": 6,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "TopicRecord": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "topicId": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "RemoveTopicRecord": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "PartitionRecord": {
              "oneofs": {
                "_lastKnownLeader": {
                  "oneof": [
                    "lastKnownLeader"
                  ]
                }
              },
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "replicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 3
                },
                "isr": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 4
                },
                "leader": {
                  "type": "int32",
                  "id": 5
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 6
                },
                "partitionEpoch": {
                  "type": "int32",
                  "id": 7
                },
                "directories": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 8
                },
                "addingReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 9
                },
                "removingReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 10
                },
                "eligibleLeaderReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 11
                },
                "lastKnownElr": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 12
                },
                "lastKnownLeader": {
                  "type": "int32",
                  "id": 13,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "PartitionChangeRecord": {
              "oneofs": {
                "_leader": {
                  "oneof": [
                    "leader"
                  ]
                },
                "_lastKnownLeader": {
                  "oneof": [
                    "lastKnownLeader"
                  ]
                }
              },
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "leader": {
                  "type": "int32",
                  "id": 3,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "isr": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 4
                },
                "hasIsr": {
                  "type": "bool",
                  "id": 5
                },
                "replicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 6
                },
                "hasReplicas": {
                  "type": "bool",
                  "id": 7
                },
                "directories": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 8
                },
                "hasDirectories": {
                  "type": "bool",
                  "id": 9
                },
                "addingReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 10
                },
                "removingReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 11
                },
                "hasReassignment": {
                  "type": "bool",
                  "id": 12
                },
                "eligibleLeaderReplicas": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 13
                },
                "lastKnownElr": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 14
                },
                "lastKnownLeader": {
                  "type": "int32",
                  "id": 15,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "hasEligibility": {
                  "type": "bool",
                  "id": 16
                }
              }
            },
            "ConfigRecord": {
              "oneofs": {
                "_value": {
                  "oneof": [
                    "value"
                  ]
                }
              },
              "fields": {
                "resourceType": {
                  "type": "string",
                  "id": 1
                },
                "resource": {
                  "type": "string",
                  "id": 2
                },
                "key": {
                  "type": "string",
                  "id": 3
                },
                "value": {
                  "type": "string",
                  "id": 4,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "ProducerIdsRecord": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "brokerEpoch": {
                  "type": "int64",
                  "id": 2
                },
                "nextProducerId": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "FeatureLevelRecord": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "level": {
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "NoOpRecord": {
              "fields": {}
            },
            "MetadataSnapshot": {
              "fields": {
                "lastIndex": {
                  "type": "int64",
                  "id": 1
                },
                "lastTerm": {
                  "type": "int64",
                  "id": 2
                },
                "records": {
                  "rule": "repeated",
                  "type": "MetadataRecord",
                  "id": 3
                },
                "brokerStates": {
                  "rule": "repeated",
                  "type": "BrokerState",
                  "id": 4
                }
              }
            },
            "BrokerState": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "brokerEpoch": {
                  "type": "int64",
                  "id": 2
                },
                "fenced": {
                  "type": "bool",
                  "id": 3
                },
                "inControlledShutdown": {
                  "type": "bool",
                  "id": 4
                }
              }
            },
            "ReplicaService": {
              "methods": {
                "Replicate": {
                  "requestType": "ReplicaUp",
                  "requestStream": true,
                  "responseType": "ReplicaDown",
                  "responseStream": true
                },
                "Ping": {
                  "requestType": "PingRequest",
                  "responseType": "PingResponse"
                },
                "LeaderEpoch": {
                  "requestType": "LeaderEpochRequest",
                  "responseType": "LeaderEpochResponse"
                },
                "ReplicaSizes": {
                  "requestType": "ReplicaSizesRequest",
                  "responseType": "ReplicaSizesResponse"
                },
                "ReplicaEnds": {
                  "requestType": "ReplicaEndsRequest",
                  "responseType": "ReplicaEndsResponse"
                },
                "Backlog": {
                  "requestType": "BacklogRequest",
                  "responseType": "BacklogResponse"
                }
              }
            },
            "ReplicaSizesRequest": {
              "fields": {}
            },
            "ReplicaSizesResponse": {
              "fields": {
                "topics": {
                  "rule": "repeated",
                  "type": "TopicSizes",
                  "id": 1
                }
              }
            },
            "TopicSizes": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "int32",
                  "id": 2
                },
                "sizeBytes": {
                  "rule": "repeated",
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "LeaderEpochRequest": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                }
              }
            },
            "LeaderEpochResponse": {
              "fields": {
                "leaderEpoch": {
                  "type": "int32",
                  "id": 1
                }
              }
            },
            "PingRequest": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                }
              }
            },
            "PingResponse": {
              "fields": {
                "brokerId": {
                  "type": "int32",
                  "id": 1
                },
                "incarnationId": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "ReplicaUp": {
              "oneofs": {
                "message": {
                  "oneof": [
                    "hello",
                    "fetch",
                    "progress"
                  ]
                }
              },
              "fields": {
                "hello": {
                  "type": "ReplicaHello",
                  "id": 1
                },
                "fetch": {
                  "type": "ReplicaFetch",
                  "id": 2
                },
                "progress": {
                  "type": "ReplicaProgress",
                  "id": 3
                }
              }
            },
            "ReplicaHello": {
              "fields": {
                "clusterId": {
                  "type": "string",
                  "id": 1
                },
                "brokerId": {
                  "type": "int32",
                  "id": 2
                },
                "brokerEpoch": {
                  "type": "int64",
                  "id": 3
                },
                "leaderBrokerId": {
                  "type": "int32",
                  "id": 4
                },
                "isCatchUp": {
                  "type": "bool",
                  "id": 5
                },
                "streamNumber": {
                  "type": "int64",
                  "id": 6
                }
              }
            },
            "ReplicaFetch": {
              "fields": {
                "maxWaitMs": {
                  "type": "int32",
                  "id": 1
                },
                "maxBytes": {
                  "type": "int32",
                  "id": 2
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "ReplicaFetchPartition",
                  "id": 3
                },
                "removed": {
                  "rule": "repeated",
                  "type": "PartitionRef",
                  "id": 4
                }
              }
            },
            "ReplicaFetchPartition": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "currentLeaderEpoch": {
                  "type": "int32",
                  "id": 3
                },
                "fetchOffset": {
                  "type": "int64",
                  "id": 4
                },
                "lastFetchedEpoch": {
                  "type": "int32",
                  "id": 5
                },
                "flushedOffset": {
                  "type": "int64",
                  "id": 6
                },
                "logStartOffset": {
                  "type": "int64",
                  "id": 7
                }
              }
            },
            "ReplicaProgress": {
              "fields": {
                "positions": {
                  "rule": "repeated",
                  "type": "FlushedPosition",
                  "id": 1
                }
              }
            },
            "FlushedPosition": {
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 3
                },
                "flushedOffset": {
                  "type": "int64",
                  "id": 4
                }
              }
            },
            "ReplicaDown": {
              "fields": {
                "header": {
                  "type": "ReplicaDownHeader",
                  "id": 1
                },
                "body": {
                  "type": "bytes",
                  "id": 2
                }
              }
            },
            "ReplicaDownHeader": {
              "fields": {
                "answersFetch": {
                  "type": "bool",
                  "id": 1
                },
                "errorCode": {
                  "type": "int32",
                  "id": 2
                },
                "partitions": {
                  "rule": "repeated",
                  "type": "ReplicaDownPartition",
                  "id": 3
                },
                "released": {
                  "rule": "repeated",
                  "type": "PartitionRef",
                  "id": 4
                }
              }
            },
            "ReplicaDownPartition": {
              "oneofs": {
                "_diverging": {
                  "oneof": [
                    "diverging"
                  ]
                }
              },
              "fields": {
                "topicId": {
                  "type": "string",
                  "id": 1
                },
                "partition": {
                  "type": "int32",
                  "id": 2
                },
                "errorCode": {
                  "type": "int32",
                  "id": 3
                },
                "leaderEpoch": {
                  "type": "int32",
                  "id": 4
                },
                "highWatermark": {
                  "type": "int64",
                  "id": 5
                },
                "logStartOffset": {
                  "type": "int64",
                  "id": 6
                },
                "logEndOffset": {
                  "type": "int64",
                  "id": 7
                },
                "lengthBytes": {
                  "type": "int32",
                  "id": 8
                },
                "diverging": {
                  "type": "DivergingEpoch",
                  "id": 9,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "DivergingEpoch": {
              "fields": {
                "leaderEpoch": {
                  "type": "int32",
                  "id": 1
                },
                "endOffset": {
                  "type": "int64",
                  "id": 2
                }
              }
            }
          }
        }
      }
    }
  }
});
