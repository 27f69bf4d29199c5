//! `peakctl evidence`: packs and whether they are as they were written.

use std::path::Path;

use peaktrade_domain::Sha256;
use peaktrade_evidence::Registry;
use serde_json::{Value, json};

use crate::cli::VerifyArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::run_record::REGISTRY_FILE;
use crate::table;

/// Recomputes every digest of a pack and names each file that is not as it was written.
pub(crate) fn verify(context: &Context<'_>, arguments: &VerifyArgs) -> Result<(), Failure> {
    let pack = &arguments.pack;
    if !pack.is_dir() {
        return Err(Failure::Input(format!("{} is not a folder; a pack is one", pack.display())));
    }
    match peaktrade_evidence::verify(pack) {
        Ok(verified) => {
            let registered = registered_digest(context, pack)?;
            if let Some(digest) = registered.filter(|digest| *digest != verified.pack_sha256) {
                let problem = format!(
                    "pack.sha256: rewritten as a whole; its SHA-256 is {}, the run registry says {digest}",
                    verified.pack_sha256
                );
                let listed = json!([{ "file": "pack.sha256", "problem": problem }]);
                context.output.result(
                    &json!({ "pack": pack, "is_intact": false, "problems": listed }),
                    &format!("{problem}\n"),
                )?;
                return Err(Failure::Check(format!("{}: 1 problem", pack.display())));
            }
            let document = json!({
                "pack": pack, "is_intact": true, "files": verified.files, "bytes": verified.bytes,
                "pack_sha256": verified.pack_sha256.to_string(), "is_registered": registered.is_some(), "problems": [],
            });
            let (files, bytes) = (verified.files, table::grouped(verified.bytes));
            let registry = match registered {
                Some(_) => "the run registry has the same".to_owned(),
                None => {
                    format!("no run registry in {} knows its session", context.settings.data_dir.display())
                }
            };
            let text = format!(
                "{}: intact, {files} files, {bytes} bytes\npack.sha256 is sha256:{}; {registry}\n",
                pack.display(),
                verified.pack_sha256
            );
            context.output.result(&document, &text)
        }
        Err(problems) => {
            let listed: Vec<_> = problems
                .iter()
                .map(|problem| json!({ "file": problem.file(), "problem": problem.to_string() }))
                .collect();
            let text: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
            context.output.result(&json!({ "pack": pack, "is_intact": false, "problems": listed }), &text)?;
            Err(Failure::Check(format!("{}: {} problems", pack.display(), problems.len())))
        }
    }
}

/// What the run registry of the store keeps for the pack's session; a pack rewritten as a whole shows only there.
fn registered_digest(context: &Context<'_>, pack: &Path) -> Result<Option<Sha256>, Failure> {
    let registry = context.settings.data_dir.join(REGISTRY_FILE);
    if !registry.is_file() {
        return Ok(None);
    }
    let path = pack.join("env.json");
    let text = std::fs::read(&path).map_err(|error| Failure::from_file("reading", &path, &error))?;
    let env: Value = serde_json::from_slice(&text)
        .map_err(|error| Failure::Input(format!("{}: not JSON: {error}", path.display())))?;
    let Some(session_id) = env["session_id"].as_str() else { return Ok(None) };
    let run = Registry::open(&registry)
        .and_then(|registry| registry.find(session_id))
        .map_err(|error| Failure::Input(error.to_string()))?;
    Ok(run.map(|run| run.pack_sha256))
}
