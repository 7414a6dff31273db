//! C++ bindings for the host's side of a world.

mod check;
mod code;
mod cpp;
mod docs;
mod driver;
mod exports;
mod imports;
mod model;
mod names;
mod signature;
mod unit;
mod values;

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use wit_parser::{Resolve, WorldId};

use self::model::Model;
use crate::output::{remove_stale, write_if_changed};
use crate::{matrix_guest, matrix_wit};

/// What to generate.
pub struct Options<'a> {
    /// Folder or file with WIT.
    pub wit: &'a Path,
    /// The world, by its name or as `namespace:package/world`.
    pub world: &'a str,
    /// Name of the source file, without its ending.
    pub name: &'a str,
    /// Host functions that wait, as `interface#function` or `world#function`.
    pub suspend: &'a [String],
}

/// A generated file: its path below the output folder and its text.
pub struct File {
    /// Relative to the output folder.
    pub path: PathBuf,
    /// The whole file.
    pub text: String,
}

/// Generates the bindings in memory.
pub fn generate(options: &Options) -> Result<Vec<File>> {
    let (mut resolve, world) = parse(options)?;
    let mut model = model(&mut resolve, world, options)?;
    Ok(unit::files(&mut model, options.name))
}

fn parse(options: &Options) -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let (package, _) = match resolve.push_path(options.wit) {
        Ok(parsed) => parsed,
        // Only the resolver can say in which file and line it happened.
        Err(error) => return Err(anyhow!(resolve.render_error(&error))),
    };
    let world = resolve.select_world(&[package], Some(options.world))?;
    Ok((resolve, world))
}

fn model<'a>(resolve: &'a mut Resolve, world: WorldId, options: &Options) -> Result<Model<'a>> {
    check::supported(resolve, world)?;
    // From here on an interface that is both imported and exported is two, each with types of its own.
    resolve.generate_nominal_type_ids(world);
    Model::new(resolve, world, options.suspend)
}

/// Writes the bindings below `out`; files that are right already are not touched. Headers that were generated there
/// before, of interfaces that are gone, are removed.
pub fn write(options: &Options, out: &Path) -> Result<()> {
    let files = generate(options)?;
    for file in &files {
        write_if_changed(&out.join(&file.path), file.text.as_bytes())?;
    }
    let current: Vec<PathBuf> = files.iter().map(|file| out.join(&file.path)).collect();
    remove_stale(&out.join("include"), unit::NOTICE, &current)
}

/// Compares the bindings with what is below `out`, and says which files differ.
pub fn check(options: &Options, out: &Path) -> Result<()> {
    let mut differing = Vec::new();
    for file in generate(options)? {
        let path = out.join(&file.path);
        match std::fs::read(&path) {
            Ok(present) if present == file.text.as_bytes() => {}
            Ok(_) => differing.push(format!("  {} is not what would be generated", path.display())),
            Err(error) => differing.push(format!("  {}: {error}", path.display())),
        }
    }
    if differing.is_empty() {
        return Ok(());
    }
    bail!("the bindings are not up to date; run without --check:\n{}", differing.join("\n"))
}

/// Writes one part of the matrix to `out`: WIT, guest, bindings, and the C++ that drives them.
pub fn write_matrix(seed: u64, part: usize, functions: usize, out: &Path) -> Result<()> {
    let wit = out.join("wit");
    write_if_changed(&wit.join("matrix.wit"), matrix_wit::text(seed, part, functions).as_bytes())?;
    let name = format!("part_{part}");
    let options = Options { wit: &wit, world: "part", name: &name, suspend: &[] };
    let (mut resolve, world) = parse(&options)?;
    let interface = |name: &str| {
        let found = resolve
            .interfaces
            .iter()
            .find(|(_, interface)| interface.name.as_deref() == Some(name));
        found.expect("the matrix has it")
    };
    let (api, things) = (interface("api"), interface("things"));
    let full_name = |id| resolve.id_of(id).expect("it has a package");
    let guest = matrix_guest::text(&resolve, api.1, &full_name(api.0), &full_name(things.0));
    write_if_changed(&out.join("guest.wat"), guest.as_bytes())?;

    let mut model = model(&mut resolve, world, &options)?;
    for file in unit::files(&mut model, &name) {
        write_if_changed(&out.join(&file.path), file.text.as_bytes())?;
    }
    let is_api =
        |unit: &model::Unit| unit.imported && unit.path.last().is_some_and(|name| name == "api");
    let unit = model.units.iter().position(is_api).expect("the matrix imports it");
    let driver = driver::source(&model, unit, part);
    write_if_changed(&out.join("driver.cpp"), driver.as_bytes())
}
