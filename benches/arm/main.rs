//! Landfall and Microsoft's SDKs deploying the same bundle to the same emulator; many environments at once; what the emulator
//! and its evaluator can do.
//!
//! `cargo bench --bench arm [-- PART...] [ROUNDS]`, where a part is `clients`, `crowd`, `load` or `template`. The SDKs are those
//! that `tests/conformance/run` installs; `LANDFALL_BENCH_CLIENTS` names another folder that holds them. Rows of a client that
//! is not there are left out, which is said.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a bench prints its table and stops at the first trouble"
)]

mod clients;
mod crowd;
mod load;
mod scene;
mod template;

const PARTS: [&str; 4] = ["clients", "crowd", "load", "template"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let [word, folder] = &arguments[..]
        && word == load::EMULATOR
    {
        return runtime.block_on(load::serve(folder));
    }
    let rounds = arguments.iter().find_map(|word| word.parse().ok()).unwrap_or(3);
    let named = |part: &&&str| arguments.iter().any(|word| word == **part);
    let wanted: Vec<&str> = match PARTS.iter().filter(named).copied().collect::<Vec<_>>() {
        none if none.is_empty() => PARTS.to_vec(),
        some => some,
    };
    for part in wanted {
        println!("\n### {part}\n");
        match part {
            "clients" => runtime.block_on(clients::table(rounds)),
            "crowd" => runtime.block_on(crowd::table(rounds)),
            "load" => runtime.block_on(load::table(rounds)),
            _ => template::table(rounds),
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
