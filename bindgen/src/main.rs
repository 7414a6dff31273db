//! `hermes-bindgen`: source code from WIT.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod guest_c;
mod host;
mod matrix_guest;
mod matrix_wit;
mod output;

/// Generates bindings from WIT.
#[derive(Parser)]
#[command(name = "hermes-bindgen", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// C++ bindings for the host: what a world imports to implement, what it exports to call
    Host {
        /// Folder with WIT files (dependencies in its folder `deps`), or one WIT file
        #[arg(long)]
        wit: PathBuf,
        /// World to generate for, by its name or as `namespace:package/world`
        #[arg(long)]
        world: String,
        /// Name of the source file, without `.cpp`
        #[arg(long)]
        name: String,
        /// Folder to write to: headers below `include/wit/`, and the source file
        #[arg(long)]
        out: PathBuf,
        /// An imported function that waits, as `namespace:package/interface#function`, or with the world in place of the
        /// interface; may be repeated
        #[arg(long)]
        suspend: Vec<String>,
        /// Write nothing; fail if the files are not what would be generated
        #[arg(long)]
        check: bool,
    },
    /// One part of the matrix that tests the bindings: WIT over generated types, a guest, bindings and what drives them
    #[command(hide = true)]
    Matrix {
        /// Makes the types
        #[arg(long)]
        seed: u64,
        /// Number of the part; part 0 has what is not random
        #[arg(long)]
        part: usize,
        /// Functions in the part
        #[arg(long)]
        functions: usize,
        /// Folder to write to
        #[arg(long)]
        out: PathBuf,
    },
    /// C bindings for a component, made by wit-bindgen
    GuestC {
        /// Folder with WIT files (dependencies in its folder `deps`), or one WIT file
        #[arg(long)]
        wit: PathBuf,
        /// World to generate for, by its name or as `namespace:package/world`
        #[arg(long)]
        world: String,
        /// Folder to write to
        #[arg(long)]
        out: PathBuf,
    },
}

/// The exit status for bad input: the WIT, the world or a name on the command line.
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Host { wit, world, name, out, suspend, check } => {
            let options =
                host::Options { wit: &wit, world: &world, name: &name, suspend: &suspend };
            if check { host::check(&options, &out) } else { host::write(&options, &out) }
        }
        Command::Matrix { seed, part, functions, out } => {
            host::write_matrix(seed, part, functions, &out)
        }
        Command::GuestC { wit, world, out } => guest_c::generate(&wit, &world, &out),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hermes-bindgen: {error:#}");
            ExitCode::from(BAD_INPUT)
        }
    }
}
