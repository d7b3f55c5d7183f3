//! What `landfall mock` is told.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand, ValueEnum};

/// Which mock site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MockKind {
    /// The one that runs, or an embedded one for this command alone
    Running,
    /// ARM emulator, and Apache Kafka with Kafka Connect in containers; started when it does not run, and kept
    Docker,
    /// ARM emulator and Kafka brokers inside this program: no Docker, no JVM
    Embedded,
}

/// How a cluster of the mock site is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MockSecurity {
    /// Everybody is let in
    Plaintext,
    /// SCRAM-SHA-512 without encryption
    Scram,
    /// SCRAM-SHA-512 over TLS, with an authority made on the spot
    Tls,
}

#[derive(Debug, Args)]
pub struct Mock {
    #[command(subcommand)]
    pub action: MockAction,
}

#[derive(Debug, Subcommand)]
pub enum MockAction {
    /// Start a site that keeps running in the background: in containers when a Docker engine answers
    Up(MockUp),
    /// Show the site that runs
    Status,
    /// Stop the site and remove its containers; what was deployed to its emulator is kept
    Down,
    /// Write the shipped records to the source cluster of the site that runs
    Load,
    /// Show what was asked of the ARM emulator of the site that runs, and what it answered
    Requests(Requests),
    /// Run a site in the foreground; prints one JSON line when it is ready
    Serve(Serve),
}

#[derive(Debug, Args)]
pub struct MockUp {
    /// ARM emulator and Kafka brokers inside one background process
    #[arg(long, conflicts_with = "docker")]
    pub embedded: bool,
    /// Apache Kafka and Kafka Connect in containers
    #[arg(long)]
    pub docker: bool,
    /// Brokers on each side: 1 or 3
    #[arg(long, value_name = "NUMBER", conflicts_with = "embedded")]
    pub brokers: Option<u16>,
    /// How the source is guarded
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "embedded")]
    pub source_security: Option<MockSecurity>,
    /// How the target is guarded
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "embedded")]
    pub target_security: Option<MockSecurity>,
    /// An image with Apache Kafka under `/opt/kafka`
    #[arg(long, value_name = "IMAGE", conflicts_with = "embedded")]
    pub kafka_image: Option<String>,
    #[command(flatten)]
    pub laboratory: Laboratory,
}

/// How the ARM emulator behaves.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "ARM emulator")]
pub struct Laboratory {
    /// A JSON file with faults: `{"seed": 7, "faults": […]}`, or the bare list
    #[arg(long, value_name = "FILE")]
    pub faults: Option<Utf8PathBuf>,
    /// One fault, behind those of `--faults`, such as `PUT */deployments/*: 429 retry-after=2 times=3`; may be repeated
    #[arg(long, value_name = "SPEC")]
    pub fault: Vec<String>,
    /// From which the chances of faults and the ids are drawn; wins over the seed of `--faults`
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// How fast time runs: `real`, `fast`, or `x60` for sixty times as fast
    #[arg(long, value_name = "CLOCK")]
    pub clock: Option<String>,
    /// How long a resource of a type usually takes, such as `Microsoft.HDInsight/clusters=25m`; may be repeated
    #[arg(long, value_name = "TYPE=DURATION", requires = "clock")]
    pub latency: Vec<String>,
    /// How long every answer waits, such as `20ms`
    #[arg(long, value_name = "DURATION")]
    pub answer_latency: Option<String>,
    /// Refuse resource types and api-versions that the emulator does not know
    #[arg(long)]
    pub strict: bool,
    /// Append every request to this file, as lines of JSON
    #[arg(long, value_name = "FILE")]
    pub log: Option<Utf8PathBuf>,
}

#[derive(Debug, Args)]
pub struct Requests {
    /// Only requests with this method
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,
    /// Only requests whose path holds this text
    #[arg(long, value_name = "TEXT")]
    pub path: Option<String>,
    /// Only requests from this time on, such as `2026-01-31T12:00:00Z`
    #[arg(long, value_name = "TIME")]
    pub since: Option<jiff::Timestamp>,
    /// How many of the newest
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub last: usize,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Where the ARM emulator listens; loopback only unless others are allowed
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    pub listen: std::net::SocketAddr,
    /// Listen on an address that other machines reach; the token travels without encryption
    #[arg(long)]
    pub allow_remote: bool,
    /// The file with the bearer token that clients must send; made when absent
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<Utf8PathBuf>,
    /// The subscription that exists in the emulator
    #[arg(
        long,
        value_name = "GUID",
        default_value = "00000000-0000-0000-0000-000000000000"
    )]
    pub subscription: String,
    /// Serve for the containers of this state folder; they are started when they do not run, and stay
    #[arg(long)]
    pub docker: bool,
    #[command(flatten)]
    pub laboratory: Laboratory,
}
