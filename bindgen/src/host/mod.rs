//! C++ bindings for the host's side of a world.

mod check;
mod code;
mod cpp;
mod docs;
mod exports;
mod imports;
mod model;
mod names;
mod signature;
mod unit;
mod values;

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use wit_parser::Resolve;

use crate::output::write_if_changed;

/// What to generate.
pub struct Options<'a> {
    /// Folder or file with WIT.
    pub wit: &'a Path,
    /// The world, by its name or as `namespace:package/world`.
    pub world: &'a str,
    /// Name of the source file, without its ending.
    pub name: &'a str,
    /// Host functions that wait, as `interface#function`.
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
    let mut resolve = Resolve::default();
    let (package, _) = match resolve.push_path(options.wit) {
        Ok(parsed) => parsed,
        // Only the resolver can say in which file and line it happened.
        Err(error) => return Err(anyhow!(resolve.render_error(&error))),
    };
    let world = resolve.select_world(&[package], Some(options.world))?;
    check::supported(&resolve, world)?;
    // From here on an interface that is both imported and exported is two, each with types of its own.
    resolve.generate_nominal_type_ids(world);
    let mut model = model::Model::new(&resolve, world, options.suspend)?;
    Ok(unit::files(&mut model, options.name))
}

/// Writes the bindings below `out`; files that are right already are not touched.
pub fn write(options: &Options, out: &Path) -> Result<()> {
    for file in generate(options)? {
        write_if_changed(&out.join(&file.path), file.text.as_bytes())?;
    }
    Ok(())
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

/// Parses WIT text, for tests.
#[cfg(test)]
pub fn parse(text: &str) -> (Resolve, wit_parser::PackageId) {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_group(
            wit_parser::UnresolvedPackageGroup::parse("test.wit", text)
                .map_err(|(_, error)| error)
                .expect("valid WIT"),
        )
        .expect("resolvable WIT");
    (resolve, package)
}
