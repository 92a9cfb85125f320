package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/IBM/sarama"

	"ottla/compat/lines"
)

// member reads what each generation assigns to it.
type member struct{}

func (member) Setup(session sarama.ConsumerGroupSession) error {
	assigned := append([]int32{}, session.Claims()[words.Topic]...)
	slices.Sort(assigned)
	lines.Tell("assigned", assigned)
	return nil
}

func (member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (member) ConsumeClaim(
	session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim,
) error {
	for {
		select {
		case message, isOpen := <-claim.Messages():
			if !isOpen {
				return nil
			}
			lines.Tell("read", []any{message.Partition, message.Offset, string(message.Value)})
			session.MarkMessage(message, "")
			session.Commit()
		case <-session.Context().Done():
			return nil
		}
	}
}

// group is a member until the standard input ends.
func group() {
	config := settings()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Session.Timeout = 10 * time.Second
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	joined, err := sarama.NewConsumerGroup(words.Bootstrap, words.Option, config)
	lines.Must(err)
	go func() {
		for failed := range joined.Errors() {
			lines.Tell("failed", failed.Error())
		}
	}()
	over := lines.UntilInputEnds()
	for over.Err() == nil {
		err := joined.Consume(over, []string{words.Topic}, member{})
		if err != nil && !errors.Is(err, context.Canceled) {
			lines.Tell("failed", err.Error())
			time.Sleep(200 * time.Millisecond)
		}
	}
	lines.Must(joined.Close())
	lines.Tell("left", true)
}
