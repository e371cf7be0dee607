// Writes record batches with Kafka's own classes, and beside each what it holds, for
// tests/unit/protocol/golden_batches.cpp. Run by tests/golden/regenerate.sh.
//
//   batch NAME                   a batch of magic 2; message_set NAME: magic 0 or 1
//   bytes HEX
//   header FIELD=NUMBER ...      what the header must say
//   record OFFSET TIMESTAMP KEY VALUE [HEADER=VALUE ...]
//
// Bytes are xHEX, null, or COUNT*xHEX for a repetition.

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.AppInfoParser;

public class BatchVectors {
    static final long TIME = 1_700_000_000_000L;

    record Piece(byte[] bytes, int count) {
        byte[] whole() {
            if (bytes == null) {
                return null;
            }
            ByteBuffer all = ByteBuffer.allocate(bytes.length * count);
            for (int i = 0; i < count; i++) {
                all.put(bytes);
            }
            return all.array();
        }

        public String toString() {
            return bytes == null ? "null" : (count == 1 ? "" : count + "*") + "x" + HexFormat.of().formatHex(bytes);
        }
    }

    static Piece text(String text) {
        return new Piece(text.getBytes(java.nio.charset.StandardCharsets.UTF_8), 1);
    }

    static Piece many(int count, String text) {
        return new Piece(text(text).bytes, count);
    }

    static final Piece NULL = new Piece(null, 1);

    record Event(long offset, long timestamp, Piece key, Piece value, Header... headers) {
        String line() {
            StringBuilder line = new StringBuilder("record " + offset + " " + timestamp + " " + key + " " + value);
            for (Header header : headers) {
                line.append(" ").append(text(header.key())).append("=").append(new Piece(header.value(), 1));
            }
            return line.toString();
        }
    }

    static Header header(String key, String value) {
        return new RecordHeader(key, value == null ? null : text(value).bytes);
    }

    final PrintStream out;

    BatchVectors(PrintStream out) {
        this.out = out;
    }

    void print(String kind, String name, ByteBuffer bytes, Map<String, Long> header, List<Event> events) {
        out.println(kind + " " + name);
        byte[] raw = new byte[bytes.remaining()];
        bytes.duplicate().get(raw);
        out.println("bytes " + HexFormat.of().formatHex(raw));
        out.print("header");
        header.forEach((field, value) -> out.print(" " + field + "=" + value));
        out.println();
        events.forEach(event -> out.println(event.line()));
        out.println();
    }

    static Map<String, Long> header(long baseOffset, int attributes, long lastDelta, long count, long baseTime,
            long maxTime, long producer, long epoch, long sequence, long leaderEpoch) {
        Map<String, Long> fields = new LinkedHashMap<>();
        fields.put("base_offset", baseOffset);
        fields.put("attributes", (long) attributes);
        fields.put("last_offset_delta", lastDelta);
        fields.put("record_count", count);
        fields.put("base_timestamp", baseTime);
        fields.put("max_timestamp", maxTime);
        fields.put("producer_id", producer);
        fields.put("producer_epoch", epoch);
        fields.put("base_sequence", sequence);
        fields.put("leader_epoch", leaderEpoch);
        return fields;
    }

    static final List<Event> SMALL = List.of(
        new Event(0, TIME, text("order-42"), text("created"), header("order", "0"), header("ce_id", "a-1")),
        new Event(1, TIME + 5, text("order-42"), text("paid"), header("order", "1"), header("order", "2")),
        new Event(2, TIME - 7, NULL, text("no key")),
        new Event(3, TIME, text("order-43"), NULL, header("order", "any"), header("empty", ""), header("null", null)),
        new Event(4, TIME + 1, text(""), text(""), header("", "header without a name")));

    // Past the block sizes of snappy (32 KiB) and lz4 (64 KiB).
    static final List<Event> LARGE = List.of(
        new Event(0, TIME, text("k"), many(7000, "event body ")),
        new Event(1, TIME, text("k"), many(50000, "ab"), header("order", "1")),
        new Event(2, TIME, many(300, "long key "), text("v")));

    static MemoryRecordsBuilder builder(byte magic, Compression compression, TimestampType type, long baseOffset,
            long appendTime, long producer, short epoch, int sequence, boolean transactional, int leaderEpoch) {
        return MemoryRecords.builder(ByteBuffer.allocate(1 << 20), magic, compression, type, baseOffset, appendTime,
            producer, epoch, sequence, transactional, leaderEpoch);
    }

    static void append(MemoryRecordsBuilder builder, long baseOffset, List<Event> events) {
        for (Event event : events) {
            builder.appendWithOffset(baseOffset + event.offset, event.timestamp, event.key.whole(),
                event.value.whole(), event.headers);
        }
    }

    void plain(String name, Compression compression, List<Event> events) {
        MemoryRecordsBuilder builder = builder(RecordBatch.MAGIC_VALUE_V2, compression, TimestampType.CREATE_TIME, 0,
            RecordBatch.NO_TIMESTAMP, -1, (short) -1, -1, false, -1);
        append(builder, 0, events);
        long max = events.stream().mapToLong(Event::timestamp).max().getAsLong();
        print("batch", name, builder.build().buffer(), header(0, compression.type().id, events.size() - 1,
            events.size(), events.get(0).timestamp, max, -1, -1, -1, -1), events);
    }

    void special() {
        List<Event> placed = SMALL.stream()
            .map(e -> new Event(e.offset + 1000, e.timestamp, e.key, e.value, e.headers)).toList();
        MemoryRecordsBuilder builder = builder(RecordBatch.MAGIC_VALUE_V2, Compression.NONE,
            TimestampType.CREATE_TIME, 1000, RecordBatch.NO_TIMESTAMP, 4711, (short) 3, 77, false, 9);
        append(builder, 1000, SMALL);
        print("batch", "idempotent", builder.build().buffer(),
            header(1000, 0, 4, 5, TIME, TIME + 5, 4711, 3, 77, 9), placed);

        builder = builder(RecordBatch.MAGIC_VALUE_V2, Compression.gzip().build(), TimestampType.CREATE_TIME, 1000,
            RecordBatch.NO_TIMESTAMP, Long.MAX_VALUE, Short.MAX_VALUE, Integer.MAX_VALUE, true, 9);
        append(builder, 1000, SMALL);
        print("batch", "transactional_gzip", builder.build().buffer(), header(1000, 0x11, 4, 5, TIME, TIME + 5,
            Long.MAX_VALUE, Short.MAX_VALUE, Integer.MAX_VALUE, 9), placed);

        builder = builder(RecordBatch.MAGIC_VALUE_V2, Compression.NONE, TimestampType.LOG_APPEND_TIME, 1000,
            TIME + 99, -1, (short) -1, -1, false, 9);
        append(builder, 1000, SMALL);
        print("batch", "log_append_time", builder.build().buffer(),
            header(1000, 0x08, 4, 5, TIME, TIME + 99, -1, -1, -1, 9), placed.stream()
                .map(e -> new Event(e.offset, TIME + 99, e.key, e.value, e.headers)).toList());

        builder = builder(RecordBatch.MAGIC_VALUE_V2, Compression.NONE, TimestampType.CREATE_TIME, 1000,
            RecordBatch.NO_TIMESTAMP, -1, (short) -1, -1, false, 9);
        List<Event> gaps = List.of(placed.get(1), placed.get(4));
        append(builder, 0, gaps);
        builder.overrideLastOffset(1009);
        print("batch", "compacted", builder.build().buffer(),
            header(1000, 0, 9, 2, TIME + 5, TIME + 5, -1, -1, -1, 9), gaps);

        ByteBuffer empty = ByteBuffer.allocate(61);
        org.apache.kafka.common.record.internal.DefaultRecordBatch.writeEmptyHeader(empty,
            RecordBatch.MAGIC_VALUE_V2, 4711, (short) 3, 77, 1000, 1004, 9, TimestampType.CREATE_TIME, -1, false, false);
        print("batch", "emptied", empty.flip(), header(1000, 0, 4, 0, -1, -1, 4711, 3, 77, 9), List.of());
    }

    void control() {
        for (ControlRecordType type : List.of(ControlRecordType.ABORT, ControlRecordType.COMMIT)) {
            Piece key = new Piece(new byte[] {0, 0, 0, (byte) (type == ControlRecordType.ABORT ? 0 : 1)}, 1);
            EndTransactionMarker marker = new EndTransactionMarker(type, 12);
            ByteBuffer value = marker.serializeValue();
            print("batch", "control_" + type.name().toLowerCase(),
                MemoryRecords.withEndTransactionMarker(500, TIME, 9, 4711, (short) 3, marker).buffer(),
                header(500, 0x30, 0, 1, TIME, TIME, 4711, 3, -1, 9),
                List.of(new Event(500, TIME, key, new Piece(Arrays.copyOf(value.array(), value.limit()), 1))));
        }
    }

    void old(byte magic, String name, Compression compression, long baseOffset) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(ByteBuffer.allocate(1 << 16), magic, compression,
            TimestampType.CREATE_TIME, baseOffset);
        List<Event> events = new ArrayList<>();
        for (Event event : SMALL) {
            long time = magic == 0 ? RecordBatch.NO_TIMESTAMP : event.timestamp;
            events.add(new Event(baseOffset + event.offset, time, event.key, event.value));
            builder.append(time, event.key.whole(), event.value.whole());
        }
        print("message_set", "magic" + magic + "_" + name, builder.build().buffer(), Map.of(), events);
    }

    public static void main(String[] args) throws Exception {
        try (PrintStream out = new PrintStream(Path.of(args[0]).resolve("java.txt").toFile())) {
            out.println("# By tests/golden/java/BatchVectors.java with kafka-clients " + AppInfoParser.getVersion()
                + ". Grammar: see there.");
            out.println();
            BatchVectors vectors = new BatchVectors(out);
            vectors.plain("none", Compression.NONE, SMALL);
            Map<String, Compression> codecs = new LinkedHashMap<>();
            codecs.put("gzip", Compression.gzip().build());
            codecs.put("snappy", Compression.snappy().build());
            codecs.put("lz4", Compression.lz4().build());
            codecs.put("zstd", Compression.zstd().build());
            for (Map.Entry<String, Compression> codec : codecs.entrySet()) {
                vectors.plain(codec.getKey(), codec.getValue(), SMALL);
                vectors.plain(codec.getKey() + "_large", codec.getValue(), LARGE);
            }
            vectors.plain("zstd_level_22", Compression.zstd().level(22).build(), LARGE);
            vectors.special();
            vectors.control();
            for (byte magic = 0; magic < 2; magic++) {
                vectors.old(magic, "none", Compression.NONE, 30);
                for (String name : List.of("gzip", "snappy", "lz4")) {
                    vectors.old(magic, name, codecs.get(name), 30);
                }
            }
        }
    }
}
