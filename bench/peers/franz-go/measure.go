package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"sort"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// measure takes the values of a workload, "drain" or "latency"; at the last it prints the result and ends the process.
func measure(args []string) func([]byte) {
	count := number(args[3])
	if args[0] == "latency" {
		return latencies(count, number(args[4]))
	}
	return drained(count)
}

func end(format string, values ...any) {
	fmt.Printf("{"+format+",\"rss\":%d}\n", append(values, peakOfMemory())...)
	os.Exit(0)
}

var (
	began time.Time
	used  float64
)

// ready is called when partitions are assigned: from here on it is timed.
func ready() {
	fmt.Println("ready")
	if began.IsZero() {
		began, used = time.Now(), processorMs()
	}
}

// times is what has passed since then, on the clock and of processor time.
func times() string {
	ms := float64(time.Since(began).Nanoseconds()) / 1e6
	return fmt.Sprintf(`"ms":%f,"cpuMs":%f`, ms, processorMs()-used)
}

func drained(count int) func([]byte) {
	var seen int
	var sum int64
	return func(value []byte) {
		sum += int64(binary.BigEndian.Uint32(value))
		if seen++; seen != count {
			return
		}
		end(`"records":%d,"sum":%d,%s`, seen, sum, times())
	}
}

func latencies(count, warmUp int) func([]byte) {
	all := make([]float64, 0, count)
	seen := 0
	at := func(share float64) float64 {
		return math.Round(all[min(len(all)-1, int(float64(len(all))*share))]*100) / 100
	}
	return func(value []byte) {
		ms := float64(monotonic()-must(strconv.ParseInt(string(value), 10, 64))) / 1e6
		if seen++; seen > warmUp {
			all = append(all, ms)
		}
		if seen != count {
			return
		}
		sort.Float64s(all)
		end(`"records":%d,"p50":%f,"p99":%f,"p999":%f`, seen, at(.5), at(.99), at(.999))
	}
}

// monotonic is the clock of the machine in nanoseconds, which is also that of the writer in Node.
func monotonic() int64 {
	var now unix.Timespec
	check(unix.ClockGettime(unix.CLOCK_MONOTONIC, &now))
	return now.Nano()
}

func usage() unix.Rusage {
	var used unix.Rusage
	check(unix.Getrusage(unix.RUSAGE_SELF, &used))
	return used
}

func processorMs() float64 {
	used := usage()
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e6
}

// peakOfMemory is in bytes, as Linux has it.
func peakOfMemory() int64 { return usage().Maxrss * 1024 }
