package main

import (
	"bytes"
	"context"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

const warmUp = 50_000

func bufferMuch() kgo.Opt { return kgo.MaxBufferedRecords(100_000) }

// produce BROKERS TOPIC RECORDS FILE IDEMPOTENT COMPRESSION: the same as node/produce.mjs, from one goroutine.
func produce(args []string) {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	options := []kgo.Opt{
		brokers(args[0]), kgo.DefaultProduceTopic(args[1]), kgo.ProducerBatchCompression(codecs[args[5]]), bufferMuch(),
	}
	if args[4] != "true" {
		options = append(options, kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(5))
	}
	client := must(kgo.NewClient(options...))
	values := bytes.Split(must(os.ReadFile(args[3])), []byte("\n"))
	records := number(args[2])
	write := func(count int) {
		for number := range count {
			send(client, &kgo.Record{Value: values[number%len(values)]})
		}
		check(client.Flush(context.Background()))
	}
	write(warmUp)
	ready()
	write(records)
	end(`"records":%d,"written":%d,%s`, records, records+warmUp, times())
}

func send(client *kgo.Client, record *kgo.Record) {
	client.Produce(context.Background(), record, func(_ *kgo.Record, err error) { check(err) })
}

// copyAll BROKERS FROM TO RECORDS: consume, transform, produce, commit: what was polled is written, and then stored.
func copyAll(args []string) {
	client := must(kgo.NewClient(
		brokers(args[0]), newGroup(), kgo.ConsumeTopics(args[1]), kgo.DefaultProduceTopic(args[2]),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(), bufferMuch(), whenAssigned(),
	))
	records := number(args[3])
	for copied := 0; copied < records; {
		fetches := client.PollFetches(context.Background())
		check(fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) {
			send(client, &kgo.Record{Key: record.Key, Value: []byte(strings.ToUpper(string(record.Value)))})
		})
		check(client.Flush(context.Background()))
		check(client.CommitUncommittedOffsets(context.Background()))
		copied += fetches.NumRecords()
	}
	end(`"records":%d,%s`, records, times())
}
