//! Parse, run, exit code.

fn main() -> std::process::ExitCode {
    landfall::cli::main()
}
