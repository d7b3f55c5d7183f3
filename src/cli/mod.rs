//! The command line: arguments, wiring, exit codes and hints.
//!
//! [`main`] makes the `Ui` that hears every event and the `Stop` that Ctrl-C asks, and hands over to one file a command.
//! `world` alone knows whether Azure or the mock site answers.

mod after;
mod args;
mod clusters;
mod connect;
mod containers;
mod demo;
mod deploy;
mod doctor;
mod exit;
mod failure;
mod graph;
mod laboratory;
mod lint;
mod many;
mod mirror;
mod mock;
mod render;
mod secrets;
mod session;
mod status;
mod token;
mod verify;
mod workers;
mod world;

use std::io::IsTerminal;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser};
use futures_util::FutureExt;

use self::args::{Cli, Command, MirrorAction, MockAction};
use self::exit::Exit;
use self::failure::Failure;
use self::session::{Session, SharedAzure};
use crate::run::{Event, Sink, Stop};
use crate::ui::{Kind, Output, Ui};

/// Runs the program with the arguments of the process and returns its exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage.into()
            } else {
                Exit::Done.into()
            };
        }
    };
    log(cli.global.verbose);
    let (command, kind) = describe(&cli.command);
    let ui = Ui::new(
        cli.global.output,
        kind,
        command,
        cli.global.quiet,
        cli.global.verbose > 0,
    );
    if cli.global.output == Output::Markdown && !matches!(cli.command, Command::Plan(_) | Command::Status(_))
    {
        return show(&ui, &Failure::no_markdown(command));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return show(&ui, &Failure::of(Exit::Bug, &error)),
    };
    let exit = runtime.block_on(supervise(&cli, &ui));
    // Threads that still wait for a broker must not keep the program from ending.
    runtime.shutdown_background();
    exit.into()
}

/// Runs the command; Ctrl-C once asks it to stop, twice leaves it.
async fn supervise(cli: &Cli, ui: &Arc<Ui>) -> Exit {
    let stop = Stop::default();
    let session = Session {
        global: &cli.global,
        ui: Arc::clone(ui),
        stop: stop.clone(),
        azure: SharedAzure::default(),
    };
    let work = AssertUnwindSafe(dispatch(&cli.command, &session)).catch_unwind();
    tokio::select! {
        ended = work => match ended {
            Ok(Ok(exit)) => exit,
            Ok(Err(failure)) => { show(ui, &failure); failure.exit }
            Err(_) => { let failure = Failure::bug(); show(ui, &failure); failure.exit }
        },
        () = interrupted_twice(ui, &stop) => Exit::Interrupted,
    }
}

async fn interrupted_twice(ui: &Arc<Ui>, stop: &Stop) {
    wait_for_interrupt().await;
    ui.emit(Event::Warning {
        text: "stopping after the present step; interrupt again to leave at once".into(),
    });
    stop.ask();
    wait_for_interrupt().await;
}

/// Ctrl-C, or the wish of a supervisor.
async fn wait_for_interrupt() {
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

async fn dispatch(command: &Command, session: &Session<'_>) -> Result<Exit, Failure> {
    match command {
        Command::Doctor => doctor::run(session).await,
        Command::Render(args) => render::run(session, args).await,
        Command::Plan(args) => Box::pin(deploy::plan(session, args)).await,
        Command::Up(args) => Box::pin(deploy::up(session, args)).await,
        Command::Down(args) => Box::pin(deploy::down(session, args)).await,
        Command::Status(args) => Box::pin(status::run(session, args)).await,
        Command::Mirror(args) => Box::pin(mirror::run(session, args)).await,
        Command::Verify(args) => verify::run(session, args).await,
        Command::Mock(args) => mock::run(session, &args.action).await,
        Command::Demo(args) => demo::run(session, args).await,
        Command::Schema => {
            session
                .ui
                .text(&serde_json::to_string_pretty(&crate::config::schema()).unwrap_or_default());
            Ok(Exit::Done)
        }
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "landfall", &mut text);
            session.ui.text(&String::from_utf8_lossy(&text));
            Ok(Exit::Done)
        }
        Command::Man => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command())
                .render(&mut text)
                .map_err(|error| Failure::of(Exit::Bug, &error))?;
            session.ui.text(&String::from_utf8_lossy(&text));
            Ok(Exit::Done)
        }
    }
}

/// What a command is called in its result, and how it reports.
fn describe(command: &Command) -> (&'static str, Kind) {
    match command {
        Command::Doctor => ("doctor", Kind::Query),
        Command::Render(_) => ("render", Kind::Query),
        Command::Plan(_) => ("plan", Kind::Query),
        Command::Up(_) => ("up", Kind::LongWork),
        Command::Status(_) => ("status", Kind::Query),
        Command::Mirror(args) => match &args.action {
            MirrorAction::Run(_) => ("mirror run", Kind::LongWork),
            MirrorAction::Status(args) if args.watch || args.until.is_some() => {
                ("mirror status", Kind::LongWork)
            }
            MirrorAction::Status(_) => ("mirror status", Kind::Query),
            MirrorAction::Lint(_) => ("mirror lint", Kind::Query),
            MirrorAction::Start => ("mirror start", Kind::LongWork),
            MirrorAction::Pause => ("mirror pause", Kind::LongWork),
            MirrorAction::Resume => ("mirror resume", Kind::LongWork),
            MirrorAction::Stop => ("mirror stop", Kind::LongWork),
            MirrorAction::Restart => ("mirror restart", Kind::LongWork),
            MirrorAction::Groups { .. } => ("mirror groups", Kind::Query),
            MirrorAction::Topics => ("mirror topics", Kind::Query),
            MirrorAction::Access { .. } => ("mirror access", Kind::Query),
        },
        Command::Verify(_) => ("verify", Kind::LongWork),
        Command::Down(_) => ("down", Kind::LongWork),
        Command::Mock(args) => match args.action {
            MockAction::Up(_) => ("mock up", Kind::LongWork),
            MockAction::Status => ("mock status", Kind::Query),
            MockAction::Down => ("mock down", Kind::Query),
            MockAction::Load => ("mock load", Kind::LongWork),
            MockAction::Requests(_) => ("mock requests", Kind::Query),
            MockAction::Serve(_) => ("mock serve", Kind::Query),
        },
        Command::Demo(_) => ("demo", Kind::LongWork),
        Command::Schema => ("schema", Kind::Query),
        Command::Completions { .. } => ("completions", Kind::Query),
        Command::Man => ("man", Kind::Query),
    }
}

fn show(ui: &Ui, failure: &Failure) -> ExitCode {
    ui.failure(&failure.shown());
    failure.exit.into()
}

/// The log is for the person debugging the tool: silent until `-v`.
fn log(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => "landfall=info",
        2 => "landfall=debug",
        _ => "landfall=trace,rdkafka=debug",
    };
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .try_init();
}
