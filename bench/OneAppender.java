import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Kafka's own producer as a command handler uses it: one event of 256 bytes with header `order`,
 * wait until it is written, the next. Its settings are the defaults but for linger.ms: whoever waits
 * for each event has no use for five milliseconds more.
 *
 * <p>java OneAppender.java BOOTSTRAP TOPIC RUN WARM-UP-MS MS: prints appends/s and the median and 99th
 * percentile in microseconds. RUN is a word that makes the keys of this run its own.
 */
public final class OneAppender {
    private static final int EVENTS_OF_AGGREGATE = 100;

    private final KafkaProducer<String, byte[]> producer;
    private final String topic;
    private final String run;
    private final byte[] value = new byte[256];
    private int aggregate = 0;
    private int order = 0;

    private OneAppender(String bootstrap, String topic, String run) {
        this.producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap, "linger.ms", 0),
                        new StringSerializer(),
                        new ByteArraySerializer());
        this.topic = topic;
        this.run = run;
    }

    public static void main(String[] args) throws Exception {
        OneAppender appender = new OneAppender(args[0], args[1], args[2]);
        appender.appendFor(Long.parseLong(args[3]));
        long began = System.nanoTime();
        long[] taken = appender.appendFor(Long.parseLong(args[4]));
        double seconds = (System.nanoTime() - began) / 1e9;
        Arrays.sort(taken);
        System.out.printf(
                "{\"appends_per_s\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f}%n",
                taken.length / seconds,
                taken[taken.length / 2] / 1e3,
                taken[(int) (taken.length * 0.99)] / 1e3);
        appender.producer.close();
    }

    /** Nanoseconds of each append. */
    private long[] appendFor(long milliseconds) throws Exception {
        long end = System.nanoTime() + milliseconds * 1_000_000;
        long[] taken = new long[1024];
        int count = 0;
        for (long now = System.nanoTime(); now < end; ) {
            append();
            long after = System.nanoTime();
            if (count == taken.length) {
                taken = Arrays.copyOf(taken, 2 * count);
            }
            taken[count++] = after - now;
            now = after;
        }
        return Arrays.copyOf(taken, count);
    }

    private void append() throws Exception {
        var event = new ProducerRecord<>(topic, run + "-" + aggregate, value);
        event.headers().add("order", Integer.toString(order).getBytes());
        producer.send(event).get();
        if (++order == EVENTS_OF_AGGREGATE) {
            order = 0;
            ++aggregate;
        }
    }
}
