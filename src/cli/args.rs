//! What a user may type, and the help that explains it. No logic.

mod deploy;
mod lint;
mod mock;
mod progress;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::deploy::{Apply, Environments, OnInterrupt, Plan, Status, Up};
pub use self::lint::{Lint, LintKind};
pub use self::mock::{Laboratory, Mock, MockAction, MockKind, MockSecurity, MockUp, Requests, Serve};
pub use self::progress::{MirrorEnd, MirrorRun, MirrorStatus};
use crate::ui::Output;

/// Lands Apache Kafka on Azure: provisions a target, moves the data, proves that it arrived.
///
/// Every command takes the name of an environment: a folder under `environments/`. With `--mock` it runs against
/// the mock site on this machine instead of Azure.
#[derive(Debug, Parser)]
#[command(name = "landfall", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 a bug, 2 usage, 3 configuration or template wrong, 4 changes or \
differences found, 5 Azure refused, 6 Kafka not reachable, 7 a gate is closed, 8 stopped half-way, 130 interrupted";

#[derive(Debug, Args)]
pub struct Global {
    /// Run against the mock site on this machine: the one that runs, or one for this command alone
    #[arg(long, global = true, value_name = "SITE", num_args = 0..=1, require_equals = true,
          default_missing_value = "running", env = "LANDFALL_MOCK")]
    pub mock: Option<MockKind>,
    /// Who reads the output
    #[arg(long, global = true, value_enum, default_value_t, env = "LANDFALL_OUTPUT")]
    pub output: Output,
    /// Set one value of the environment, over all files; may be repeated
    #[arg(long, global = true, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// The folder with one folder per environment
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "environments",
        env = "LANDFALL_ENVIRONMENTS"
    )]
    pub environments: Utf8PathBuf,
    /// A folder whose files win over the built-in templates
    #[arg(long, global = true, value_name = "DIR", env = "LANDFALL_TEMPLATES")]
    pub templates: Option<Utf8PathBuf>,
    /// Where progress and evidence are kept
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = ".landfall",
        env = "LANDFALL_STATE"
    )]
    pub state: Utf8PathBuf,
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print what a person debugging the tool needs; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check this machine, the sign-in and the environments
    Doctor,
    /// Render an environment to ARM JSON, parameters and Bicep
    Render(Render),
    /// Show what `up` would change; reads only
    Plan(Plan),
    /// Deploy an environment; running it again changes nothing
    Up(Up),
    /// Show what is deployed and how far the mirror is
    Status(Status),
    /// Copy records from the source to the target
    Mirror(Mirror),
    /// Compare source and target record by record
    Verify(Verify),
    /// Remove exactly what `up` created
    Down(Apply),
    /// Run the mock site: an ARM emulator and two Kafka clusters on this machine
    Mock(Mock),
    /// Run the whole journey on a mock site of its own, with real records
    Demo(Demo),
    /// Print the JSON Schema of `environment.yaml`
    Schema,
    /// Print shell completions
    Completions {
        /// The shell to complete for
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
pub struct Render {
    /// The environment
    pub environment: String,
    /// What to write
    #[arg(long, value_enum, default_value_t)]
    pub format: RenderFormat,
    /// Write files here instead of printing them
    #[arg(long, value_name = "DIR")]
    pub out: Option<Utf8PathBuf>,
    /// Draw the resources and what they wait for: a file that ends in .mmd (Mermaid) or .svg, or `-` to print Mermaid
    #[arg(long, value_name = "FILE")]
    pub graph: Option<Utf8PathBuf>,
    /// Draw one node for all resources of a type
    #[arg(long, requires = "graph")]
    pub by_type: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum RenderFormat {
    /// The ARM template and its parameters
    #[default]
    Arm,
    /// Bicep, generated from the ARM template
    Bicep,
    /// Both
    All,
}

#[derive(Debug, Args)]
pub struct Mirror {
    /// The environment; `lint --file` needs none
    #[arg(default_value = "", hide_default_value = true)]
    pub environment: String,
    #[command(subcommand)]
    pub action: MirrorAction,
}

#[derive(Debug, Subcommand)]
pub enum MirrorAction {
    /// Run the embedded engine here, until Ctrl-C or until it has caught up
    Run(MirrorRun),
    /// Show position, lag and alarms of every partition; exits with 4 when records were lost or a topic was made anew
    Status(MirrorStatus),
    /// Find traps in the environment's mirror, or in any MirrorMaker 2 configuration; needs no network
    Lint(Lint),
    /// Start MirrorMaker 2 on the Kafka Connect workers, or bring it up to date; running it again changes nothing
    Start,
    /// Pause MirrorMaker 2: its tasks stay where they are
    Pause,
    /// Let MirrorMaker 2 go on where it was
    Resume,
    /// Stop MirrorMaker 2: its tasks are given up, its position is kept
    Stop,
    /// Restart the connectors and tasks of MirrorMaker 2 that failed, and nothing else
    Restart,
    /// Show where consumer groups would go on at the target, and what they would read again or skip
    Groups {
        /// Write the offsets to the target, forwards, for groups without members there (embedded engine)
        #[arg(long)]
        sync: bool,
        /// Do not ask
        #[arg(short, long, requires = "sync")]
        yes: bool,
    },
    /// Show which topics the target lacks before records can flow
    Topics,
    /// Show what the access lists of the source become on the target
    Access {
        /// Add to the access list of the target what it lacks
        #[arg(long)]
        apply: bool,
        /// Do not ask
        #[arg(short, long, requires = "apply")]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub struct Verify {
    /// The environment
    pub environment: String,
    /// Only topics that match; `*` and `?` are wildcards
    #[arg(long, value_name = "GLOB")]
    pub topics: Option<String>,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Leave what was deployed in the demo's emulator, and say how to look at it
    #[arg(long)]
    pub keep: bool,
}
