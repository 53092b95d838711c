import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.HttpConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/** A Neo4j community server for the tests: Bolt on loopback with authentication, nothing else. Arguments: home folder, port. */
public class Server {
    public static void main(String[] arguments) throws Exception {
        var home = Path.of(arguments[0]);
        var address = new SocketAddress("127.0.0.1", Integer.parseInt(arguments[1]));
        var dbms = new DatabaseManagementServiceBuilder(home)
                .setConfig(BoltConnector.enabled, true)
                .setConfig(BoltConnector.listen_address, address)
                .setConfig(BoltConnector.advertised_address, address)
                .setConfig(HttpConnector.enabled, false)
                .setConfig(GraphDatabaseSettings.auth_enabled, true)
                .setConfig(GraphDatabaseSettings.pagecache_memory, 128L * 1024 * 1024)
                .setConfig(GraphDatabaseSettings.transaction_timeout, Duration.ofMinutes(5))
                // Each test empties the store and fills it anew: as counts change, Neo4j would plan every text again and again.
                .setConfig(GraphDatabaseSettings.cypher_min_replan_interval, Duration.ofHours(1))
                .build();
        Runtime.getRuntime().addShutdownHook(new Thread(dbms::shutdown));
        // At the first start only: Neo4j refuses to set a password that is set already.
        var done = home.resolve("password-is-set");
        if (Files.notExists(done)) {
            try {
                dbms.database("system").executeTransactionally(
                        "ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED",
                        Map.of("password", System.getenv("NEO4J_TEST_PASSWORD")));
                Files.createFile(done);
            } catch (RuntimeException error) {
                error.printStackTrace();
                System.exit(1);
            }
        }
        System.out.println("ready");
        System.out.flush();
        // The tests hold the other end of this pipe: when they end, however they end, so does the server.
        while (System.in.read() >= 0) { }
        System.exit(0);
    }
}
