// Writes where franz-go puts the keys of FOLDER/keys.txt, for tests/unit/sync/types/partitioner.cpp.
// Grammar: partition_vectors.py. Run by regenerate.sh.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

var counts = []int{1, 2, 3, 5, 6, 7, 12, 16, 97, 128, 1000, 10000}

// idle says that nothing waits in any partition.
type idle struct{ left int }

func (i *idle) Next() (int, int64) { i.left--; return i.left, 0 }
func (i *idle) Rem() int           { return i.left }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func keyOf(text string) []byte {
	if text == "null" {
		return nil
	}
	repeated, digits, _ := strings.Cut(text, "x")
	count := 1
	if repeated != "" {
		count = must(strconv.Atoi(strings.TrimSuffix(repeated, "*")))
	}
	key := bytes.Repeat(must(hex.DecodeString(digits)), count)
	if key == nil {
		key = []byte{}
	}
	return key
}

// place is where a producer that has just been started puts the key.
func place(partitioner kgo.Partitioner, key []byte, count int) int {
	topic := partitioner.ForTopic("keys")
	record := &kgo.Record{Topic: "keys", Key: key}
	if by, ok := topic.(kgo.TopicBackupPartitioner); ok {
		return by.PartitionByBackup(record, count, &idle{count})
	}
	return topic.Partition(record, count)
}

// isAnywhere says whether a hundred producers put the key into different partitions.
func isAnywhere(partitioner kgo.Partitioner, key []byte) bool {
	first := place(partitioner, key, 10000)
	for range 100 {
		if place(partitioner, key, 10000) != first {
			return true
		}
	}
	return false
}

func write(out *bufio.Writer, lines []string, name string, partitioner kgo.Partitioner) {
	fmt.Fprintf(out, "partitioner %s\ncounts %s\n", name, strings.Trim(fmt.Sprint(counts), "[]"))
	for _, line := range lines {
		key := keyOf(line)
		fmt.Fprint(out, line)
		if isAnywhere(partitioner, key) {
			fmt.Fprint(out, " any\n")
			continue
		}
		for _, count := range counts {
			fmt.Fprintf(out, " %d", place(partitioner, key, count))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
}

func main() {
	folder := os.Args[1]
	var lines []string
	for line := range strings.Lines(string(must(os.ReadFile(filepath.Join(folder, "keys.txt"))))) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	version := ""
	for _, one := range must2(debug.ReadBuildInfo()).Deps {
		if one.Path == "github.com/twmb/franz-go" {
			version = one.Version
		}
	}
	file := must(os.Create(filepath.Join(folder, "franz_go.txt")))
	out := bufio.NewWriter(file)
	fmt.Fprintf(out, "# By tests/golden/go/partition_vectors.go with franz-go %s. Grammar:"+
		" partition_vectors.py.\n\n", version)
	// The default of a client, and the one before it.
	write(out, lines, "UniformBytesPartitioner", kgo.UniformBytesPartitioner(64<<10, true, true, nil))
	write(out, lines, "StickyKeyPartitioner", kgo.StickyKeyPartitioner(nil))
	if err := out.Flush(); err != nil {
		panic(err)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
}

func must2[T any](value T, ok bool) T {
	if !ok {
		panic("not built as a module")
	}
	return value
}
