package main

import (
	"context"
	"errors"
	"time"

	"github.com/segmentio/kafka-go"

	"ottla/compat/lines"
)

// followAll reads by assignment until the standard input ends.
func followAll() {
	over := lines.UntilInputEnds()
	for _, partition := range metadata() {
		reader := kafka.NewReader(kafka.ReaderConfig{
			Brokers: words.Bootstrap, Topic: words.Topic, Partition: partition.ID,
			MaxWait: 200 * time.Millisecond,
		})
		lines.Must(reader.SetOffset(kafka.FirstOffset))
		go tellAll(over, reader)
	}
	<-over.Done()
}

// tellAll goes on where a read fails: the reader looks for the leader anew.
func tellAll(over context.Context, reader *kafka.Reader) {
	for over.Err() == nil {
		message, err := reader.ReadMessage(over)
		switch {
		case err == nil:
			lines.Tell("read", []any{message.Partition, message.Offset, string(message.Value)})
		case !errors.Is(err, context.Canceled):
			lines.Tell("failed", err.Error())
		}
	}
}
