//! Templates are shipped inside the program: a file that is added or changed must reach the next build.
#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

fn main() {
    println!("cargo::rerun-if-changed=templates");
}
