package main

import (
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ottla/compat/lines"
)

// group is a member until the standard input ends; its assignor is cooperative, as by default.
func group() {
	held := map[int32]bool{}
	tell := func(partitions []int32, isHeld bool) {
		for _, partition := range partitions {
			if isHeld {
				held[partition] = true
			} else {
				delete(held, partition)
			}
		}
		all := []int32{}
		for partition := range held {
			all = append(all, partition)
		}
		slices.Sort(all)
		lines.Tell("assigned", all)
	}
	consumer := client(
		kgo.ConsumerGroup(words.Option),
		kgo.ConsumeTopics(words.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.FetchMaxWait(500*time.Millisecond),
		kgo.SessionTimeout(10*time.Second),
		kgo.HeartbeatInterval(500*time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, added map[string][]int32) {
			tell(added[words.Topic], true)
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
			tell(gone[words.Topic], false)
		}),
	)
	over := lines.UntilInputEnds()
	for over.Err() == nil {
		fetches := consumer.PollFetches(over)
		fetches.EachRecord(func(record *kgo.Record) {
			lines.Tell("read", []any{record.Partition, record.Offset, string(record.Value)})
		})
		if fetches.NumRecords() > 0 {
			if err := consumer.CommitUncommittedOffsets(ctx); err != nil {
				lines.Tell("failed", err.Error())
			}
		}
		consumer.AllowRebalance()
	}
	consumer.CloseAllowingRebalance()
	lines.Tell("left", true)
}
