// Writes where Kafka's own producer puts the keys of FOLDER/keys.txt, for
// tests/unit/sync/types/partitioner.cpp. Grammar: partition_vectors.py. Run by regenerate.sh.

import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.AppInfoParser;

public class PartitionVectors {
    static final int[] COUNTS = {1, 2, 3, 5, 6, 7, 12, 16, 97, 128, 1000, 10_000};

    static byte[] keyOf(String text) {
        if (text.equals("null")) {
            return null;
        }
        String[] parts = text.split("x", 2);
        int count = parts[0].isEmpty() ? 1 : Integer.parseInt(parts[0].replace("*", ""));
        byte[] once = HexFormat.of().parseHex(parts[1]);
        byte[] whole = new byte[once.length * count];
        for (int i = 0; i < count; i++) {
            System.arraycopy(once, 0, whole, i * once.length, once.length);
        }
        return whole;
    }

    static Cluster clusterOf(int count) {
        Node node = new Node(0, "localhost", 1);
        List<PartitionInfo> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            partitions.add(new PartitionInfo("keys", i, node, new Node[] {node}, new Node[] {node}));
        }
        return new Cluster("cluster", List.of(node), partitions, Set.of(), Set.of());
    }

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", "localhost:1");  // asked for nothing before a first send
        Method partition = KafkaProducer.class.getDeclaredMethod(
                "partition", ProducerRecord.class, byte[].class, byte[].class, Cluster.class);
        partition.setAccessible(true);
        try (KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
                PrintStream out = new PrintStream(folder.resolve("java.txt").toFile(), "UTF-8")) {
            out.printf("# By tests/golden/java/PartitionVectors.java with kafka-clients %s. Grammar:"
                    + " partition_vectors.py.\n\npartitioner default\ncounts", AppInfoParser.getVersion());
            List<Cluster> clusters = new ArrayList<>();
            for (int count : COUNTS) {
                out.print(" " + count);
                clusters.add(clusterOf(count));
            }
            out.print("\n");
            for (String line : Files.readAllLines(folder.resolve("keys.txt"))) {
                if (line.isEmpty() || line.startsWith("#")) {
                    continue;
                }
                byte[] key = keyOf(line);
                var record = new ProducerRecord<byte[], byte[]>("keys", key, null);
                StringBuilder places = new StringBuilder();
                for (Cluster cluster : clusters) {
                    int place = (int) partition.invoke(producer, record, key, null, cluster);
                    if (place < 0) {  // left to the accumulator, which doesn't look at the key
                        places = new StringBuilder(" any");
                        break;
                    }
                    places.append(" ").append(place);
                }
                out.print(line + places + "\n");
            }
        }
    }
}
