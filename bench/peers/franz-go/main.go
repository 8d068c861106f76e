// The benchmarks' peer in Go: franz-go, which reads, writes and copies; each prints one line of JSON at its end.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	roles := map[string]func([]string){"consume": consume, "copy": copyAll, "produce": produce}
	roles[os.Args[1]](os.Args[2:])
}

// must ends the program with what went wrong.
func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func number(text string) int { return must(strconv.Atoi(text)) }

func brokers(text string) kgo.Opt { return kgo.SeedBrokers(strings.Split(text, ",")...) }

func newGroup() kgo.Opt { return kgo.ConsumerGroup(fmt.Sprintf("bench-%d", time.Now().UnixNano())) }

func whenAssigned() kgo.Opt {
	return kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) { ready() })
}

// consume WORKLOAD BROKERS TOPICS RECORDS [WARM_UP]: what was polled before is stored once a second.
func consume(args []string) {
	take := measure(args)
	client := must(kgo.NewClient(append(security(),
		brokers(args[1]), newGroup(),
		kgo.ConsumeTopics(strings.Split(args[2], ",")...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.AutoCommitInterval(time.Second),
		whenAssigned(),
	)...))
	for {
		fetches := client.PollFetches(context.Background())
		check(fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) { take(record.Value) })
	}
}
