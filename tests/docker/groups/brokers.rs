//! A source and a target of genuine Apache Kafka with access lists, and MirrorMaker 2 between them.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use landfall::kafka::{AddressBook, Cluster, ClusterSettings, Credentials};

use crate::engine::{docker, image, try_docker};

/// Two brokers on a network of their own; removed when dropped.
pub struct Brokers {
    network: String,
    containers: Vec<String>,
    ports: [u16; 2],
}

/// One of the two.
#[derive(Clone, Copy, Debug)]
pub enum Side {
    Source,
    Target,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
        }
    }
}

impl Brokers {
    pub fn start(purpose: &str) -> Self {
        Self::with_copies_of_offsets(purpose, 1)
    }

    /// As [`start`](Self::start), but more copies of `__consumer_offsets` are wanted than there are brokers: until
    /// somebody makes that topic by hand, no group has a coordinator.
    pub fn without_coordinators(purpose: &str) -> Self {
        Self::with_copies_of_offsets(purpose, 3)
    }

    fn with_copies_of_offsets(purpose: &str, copies: u16) -> Self {
        let network = format!("groups-{purpose}-{}", std::process::id());
        docker(&["network", "create", &network]);
        let mut brokers = Self {
            network,
            containers: Vec::new(),
            ports: [free_port(), free_port()],
        };
        brokers.broker(Side::Source, copies);
        brokers.broker(Side::Target, copies);
        brokers.wait();
        brokers
    }

    fn broker(&mut self, side: Side, copies: u16) {
        let port = self.ports[side as usize];
        let name = format!("{}-{}", self.network, side.name());
        let properties = format!(
            "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@localhost:9093\n\
             controller.listener.names=CONTROLLER\nlog.dirs=/tmp/kafka\n\
             listeners=INSIDE://:9092,OUTSIDE://:{port},CONTROLLER://localhost:9093\n\
             advertised.listeners=INSIDE://{inside}:9092,OUTSIDE://127.0.0.1:{port}\n\
             inter.broker.listener.name=INSIDE\n\
             listener.security.protocol.map=INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
             offsets.topic.replication.factor={copies}\noffsets.topic.num.partitions=5\n\
             transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\
             transaction.state.log.num.partitions=5\ngroup.initial.rebalance.delay.ms=0\n\
             auto.create.topics.enable=false\n\
             authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
             super.users=User:ANONYMOUS\n",
            inside = side.name(),
        );
        let script = format!(
            "printf '%s' '{properties}' >/tmp/server.properties && cd /opt/kafka/bin && \
             ./kafka-storage.sh format -t \"$(./kafka-storage.sh random-uuid)\" -c /tmp/server.properties >/dev/null && \
             exec ./kafka-server-start.sh /tmp/server.properties"
        );
        let publish = format!("127.0.0.1:{port}:{port}");
        docker(&[
            "run",
            "-d",
            "--name",
            &name,
            "--network",
            &self.network,
            "--network-alias",
            side.name(),
            "-p",
            &publish,
            "-e",
            "KAFKA_HEAP_OPTS=-Xmx320m -Xms128m",
            "--user",
            "root",
            &image(),
            "bash",
            "-c",
            &script,
        ]);
        self.containers.push(name);
    }

    /// Starts MirrorMaker 2 with identical names and intervals of a second or two.
    pub fn mirror_maker(&mut self, groups: &str) -> String {
        let name = format!("{}-mm2", self.network);
        let properties = format!(
            "clusters=source,target\nsource.bootstrap.servers=source:9092\ntarget.bootstrap.servers=target:9092\n\
             source->target.enabled=true\nsource->target.topics=orders\nsource->target.groups={groups}\n\
             target->source.enabled=false\n\
             replication.policy.class=org.apache.kafka.connect.mirror.IdentityReplicationPolicy\n\
             replication.factor=1\ncheckpoints.topic.replication.factor=1\nheartbeats.topic.replication.factor=1\n\
             offset-syncs.topic.replication.factor=1\noffset-syncs.topic.location=target\n\
             config.storage.replication.factor=1\noffset.storage.replication.factor=1\n\
             status.storage.replication.factor=1\nsource.consumer.isolation.level=read_committed\n\
             sync.topic.acls.enabled=false\nsync.group.offsets.enabled=true\nsync.group.offsets.interval.seconds=2\n\
             emit.checkpoints.interval.seconds=2\nrefresh.groups.interval.seconds=3\n\
             refresh.topics.interval.seconds=5\noffset.flush.interval.ms=2000\ntasks.max=2\noffset.lag.max=100\n\
             source->target.emit.heartbeats.enabled=false\n"
        );
        let script = format!(
            "printf '%s' '{properties}' >/tmp/mm2.properties && cd /opt/kafka/bin && \
             exec ./connect-mirror-maker.sh /tmp/mm2.properties"
        );
        docker(&[
            "run",
            "-d",
            "--name",
            &name,
            "--network",
            &self.network,
            "-e",
            "KAFKA_HEAP_OPTS=-Xmx384m -Xms128m",
            "--user",
            "root",
            &image(),
            "bash",
            "-c",
            &script,
        ]);
        self.containers.push(name.clone());
        name
    }

    /// Runs one of Kafka's own tools inside a broker's container.
    pub fn tool(&self, side: Side, arguments: &[&str]) -> String {
        let name = format!("{}-{}", self.network, side.name());
        let path = format!("/opt/kafka/bin/{}", arguments[0]);
        let mut all = vec![
            "exec",
            name.as_str(),
            path.as_str(),
            "--bootstrap-server",
            "localhost:9092",
        ];
        all.extend(&arguments[1..]);
        docker(&all)
    }

    pub fn address(&self, side: Side) -> String {
        format!("127.0.0.1:{}", self.ports[side as usize])
    }

    pub fn cluster(&self, side: Side) -> Cluster {
        self.cluster_with(side, Duration::from_secs(40))
    }

    pub fn cluster_with(&self, side: Side, patience: Duration) -> Cluster {
        let settings = ClusterSettings { patience };
        let (credentials, book) = (Credentials::default(), AddressBook::default());
        Cluster::with_settings(&self.address(side), credentials, &book, settings)
    }

    fn wait(&self) {
        for port in self.ports {
            let began = Instant::now();
            while !answers(port) {
                assert!(began.elapsed() < Duration::from_mins(4), "{}", self.last_words());
                std::thread::sleep(Duration::from_millis(300));
            }
        }
    }

    pub fn last_words(&self) -> String {
        let logs = |name: &String| {
            let (_, said) = try_docker(&["logs", "--tail", "30", name]);
            format!("{name}:\n{said}")
        };
        self.containers.iter().map(logs).collect()
    }
}

/// A published port accepts connections before the broker does: only an answer counts.
fn answers(port: u16) -> bool {
    use rdkafka::consumer::{BaseConsumer, Consumer};
    let consumer: BaseConsumer = rdkafka::ClientConfig::new()
        .set("bootstrap.servers", format!("127.0.0.1:{port}"))
        .create()
        .unwrap();
    consumer.fetch_metadata(None, Duration::from_secs(1)).is_ok()
}

impl Drop for Brokers {
    fn drop(&mut self) {
        for name in &self.containers {
            let _ = try_docker(&["rm", "-f", name]);
        }
        let _ = try_docker(&["network", "rm", &self.network]);
    }
}
