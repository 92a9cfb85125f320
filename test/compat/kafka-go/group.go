package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"ottla/compat/lines"
)

// group is a member until the standard input ends.
func group() {
	joined, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: words.Option, Brokers: words.Bootstrap, Topics: []string{words.Topic},
		StartOffset: kafka.FirstOffset, SessionTimeout: 10 * time.Second,
		HeartbeatInterval: 500 * time.Millisecond, RebalanceTimeout: 10 * time.Second,
		JoinGroupBackoff: 300 * time.Millisecond,
	})
	lines.Must(err)
	over := lines.UntilInputEnds()
	for over.Err() == nil {
		generation, err := joined.Next(over)
		if errors.Is(err, context.Canceled) {
			break
		}
		if err != nil {
			lines.Tell("failed", err.Error())
			continue
		}
		take(generation)
	}
	lines.Must(joined.Close())
	lines.Tell("left", true)
}

// take reads the partitions of a generation until that is over.
func take(generation *kafka.Generation) {
	assigned := []int{}
	var committing sync.Mutex
	for _, assignment := range generation.Assignments[words.Topic] {
		assigned = append(assigned, assignment.ID)
		generation.Start(func(ctx context.Context) {
			follow(ctx, generation, &committing, assignment)
		})
	}
	slices.Sort(assigned)
	lines.Tell("assigned", assigned)
}

func follow(
	ctx context.Context, generation *kafka.Generation, committing *sync.Mutex,
	assignment kafka.PartitionAssignment,
) {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: words.Bootstrap, Topic: words.Topic, Partition: assignment.ID,
		MaxWait: 200 * time.Millisecond,
	})
	defer reader.Close()
	lines.Must(reader.SetOffset(assignment.Offset))
	for {
		message, err := reader.ReadMessage(ctx)
		if err != nil {
			return
		}
		lines.Tell("read", []any{message.Partition, message.Offset, string(message.Value)})
		committing.Lock()
		err = generation.CommitOffsets(map[string]map[int]int64{
			words.Topic: {message.Partition: message.Offset + 1},
		})
		committing.Unlock()
		if err != nil {
			lines.Tell("failed", err.Error())
		}
	}
}
