package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"ottla/compat/lines"
)

// session is how long a member may be silent; a static one is started anew within it.
const (
	session       = 10 * time.Second
	staticSession = 60 * time.Second
)

// membership is the assignor, which is cooperative where none is named, and the instance.
func membership() []kgo.Opt {
	options := []kgo.Opt{kgo.SessionTimeout(session)}
	if len(words.More) > 0 && words.More[0] == "range" {
		options = append(options, kgo.Balancers(kgo.RangeBalancer()))
	}
	if len(words.More) > 1 {
		options = append(options, kgo.InstanceID(words.More[1]), kgo.SessionTimeout(staticSession))
	}
	return options
}

// group is a member until the standard input ends, or until it is fenced.
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
	consumer := client(append(membership(),
		kgo.ConsumerGroup(words.Option),
		kgo.ConsumeTopics(words.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.FetchMaxWait(500*time.Millisecond),
		kgo.HeartbeatInterval(500*time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, added map[string][]int32) {
			tell(added[words.Topic], true)
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
			lines.Tell("revoked", gone[words.Topic])
			tell(gone[words.Topic], false)
		}),
	)...)
	over := lines.UntilInputEnds()
	for over.Err() == nil {
		fetches := consumer.PollFetches(over)
		fetches.EachError(func(_ string, _ int32, err error) { endIfFenced(err) })
		fetches.EachRecord(func(record *kgo.Record) {
			lines.Tell("read", []any{record.Partition, record.Offset, string(record.Value)})
		})
		if fetches.NumRecords() > 0 {
			if err := consumer.CommitUncommittedOffsets(ctx); err != nil {
				endIfFenced(err)
				lines.Tell("failed", err.Error())
			}
		}
		consumer.AllowRebalance()
	}
	consumer.CloseAllowingRebalance()
	lines.Tell("left", true)
}

// endIfFenced ends the program: who is fenced is no member any more, and has nothing to leave.
func endIfFenced(err error) {
	if errors.Is(err, kerr.FencedInstanceID) {
		lines.Tell("fenced", true)
		os.Exit(0)
	}
}
