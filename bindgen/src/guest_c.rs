//! C bindings for components.

use std::path::Path;

use anyhow::{Result, anyhow};
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

use crate::output::write_if_changed;

/// Writes `<world>.h`, `<world>.c` and `<world>_component_type.o` (the world itself, for the linker to put into the
/// module) to `out`.
pub fn generate(wit: &Path, world: &str, out: &Path) -> Result<()> {
    let mut resolve = Resolve::default();
    let (package, _) = match resolve.push_path(wit) {
        Ok(parsed) => parsed,
        // Only the resolver can say in which file and line it happened.
        Err(error) => return Err(anyhow!(resolve.render_error(&error))),
    };
    let world = resolve.select_world(&[package], Some(world))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files)?;
    for (name, contents) in files.iter() {
        write_if_changed(&out.join(name), contents)?;
    }
    Ok(())
}
