//! Builds again when a migration was added: the migrations are part of the program.
#![allow(clippy::print_stdout)]

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
