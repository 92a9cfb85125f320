// Package lines holds what the clients of this folder share: records as lines of JSON.
package lines

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Header is a name and its value, which may be null.
type Header struct {
	Name  string
	Value []byte
}

// Record is one line; bytes are base64 there, null stays null.
type Record struct {
	Partition int32    `json:"partition"`
	Offset    int64    `json:"offset"`
	Key       []byte   `json:"key"`
	Value     []byte   `json:"value"`
	Headers   []Header `json:"headers"`
	Timestamp int64    `json:"timestamp"`
}

func (h Header) MarshalJSON() ([]byte, error) { return json.Marshal([2]any{h.Name, h.Value}) }

func (h *Header) UnmarshalJSON(text []byte) error {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(text, &pair); err != nil {
		return err
	}
	if err := json.Unmarshal(pair[0], &h.Name); err != nil {
		return err
	}
	return json.Unmarshal(pair[1], &h.Value)
}

// Time of the record.
func (r Record) Time() time.Time { return time.UnixMilli(r.Timestamp) }

// Words of the command line: VERB BOOTSTRAP TOPIC [OPTION [MORE]].
type Words struct {
	Verb      string
	Bootstrap []string
	Topic     string
	Option    string
	More      []string
}

func ReadWords() Words {
	words := Words{Verb: os.Args[1], Bootstrap: strings.Split(os.Args[2], ","), Topic: os.Args[3]}
	if len(os.Args) > 4 {
		words.Option = os.Args[4]
		words.More = os.Args[5:]
	}
	return words
}

// FromMs is the time to read from; false where all is wanted.
func (w Words) FromMs() (int64, bool) {
	if w.Option == "" {
		return 0, false
	}
	ms, err := strconv.ParseInt(w.Option, 10, 64)
	Must(err)
	return ms, true
}

// Each calls with every record of the standard input, as it comes.
func Each(then func(Record)) {
	reader := bufio.NewReader(os.Stdin)
	for {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		Must(err)
		var record Record
		Must(json.Unmarshal(line, &record))
		then(record)
	}
}

var (
	out     = bufio.NewWriter(os.Stdout)
	writing sync.Mutex
)

// Say writes a line of JSON; Flush before the program ends.
func Say(value any) {
	text, err := json.Marshal(value)
	Must(err)
	writing.Lock()
	defer writing.Unlock()
	_, err = out.Write(append(text, '\n'))
	Must(err)
}

func Flush() { Must(out.Flush()) }

// Tell writes a line of JSON at once.
func Tell(key string, value any) {
	Say(map[string]any{key: value})
	writing.Lock()
	defer writing.Unlock()
	Flush()
}

// UntilInputEnds is cancelled when the standard input is at its end.
func UntilInputEnds() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return ctx
}

const (
	settlesWithin = 10 * time.Second
	asksEvery     = 100 * time.Millisecond
)

// Settled asks until the answer is the wanted one, for ten seconds; it tells the last answer. Each
// broker, as in Kafka, answers from its own metadata: one may be behind the one that took a change.
func Settled[Answer comparable](wanted Answer, ask func() Answer) Answer {
	for end := time.Now().Add(settlesWithin); ; time.Sleep(asksEvery) {
		if answer := ask(); answer == wanted || time.Now().After(end) {
			return answer
		}
	}
}

// Must ends the program when there is an error.
func Must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
