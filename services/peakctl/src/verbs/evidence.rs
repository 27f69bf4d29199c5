//! `peakctl evidence`: packs and whether they are as they were written.

use std::path::Path;

use peaktrade_evidence::{RecordedRun, Registry, RegistryError};
use serde_json::{Value, json};

use crate::cli::VerifyArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::machine;
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
            let registered = registered(context, pack)?;
            if let Some(run) = registered.iter().find(|run| run.pack_sha256 != verified.pack_sha256) {
                let problem = format!(
                    "pack.sha256: rewritten as a whole; its SHA-256 is {}, the run registry says {} for session {}",
                    verified.pack_sha256, run.pack_sha256, run.session_id
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
                "pack_sha256": verified.pack_sha256.to_string(), "is_registered": !registered.is_empty(), "problems": [],
            });
            let (files, bytes) = (verified.files, table::grouped(verified.bytes));
            let registry = if registered.is_empty() {
                format!("no run registry in {} knows its session", context.settings.data_dir.display())
            } else {
                "the run registry has the same".to_owned()
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

/// The runs that the registry of the store keeps for the pack's session and for its folder; a pack rewritten as a whole
/// shows only there. By folder too, since the session stands in a file that can be rewritten with the rest.
fn registered(context: &Context<'_>, pack: &Path) -> Result<Vec<RecordedRun>, Failure> {
    let registry = context.settings.data_dir.join(REGISTRY_FILE);
    if !registry.is_file() {
        return Ok(Vec::new());
    }
    let path = pack.join("env.json");
    let text = std::fs::read(&path).map_err(|error| Failure::from_file("reading", &path, &error))?;
    let env: Value = serde_json::from_slice(&text)
        .map_err(|error| Failure::Input(format!("{}: not JSON: {error}", path.display())))?;
    let refused = |error: RegistryError| Failure::Input(error.to_string());
    let registry = Registry::open(&registry).map_err(refused)?;
    let session_id = env["session_id"].as_str().unwrap_or_default();
    let by_session = registry.find(session_id).map_err(refused)?;
    let by_folder = registry.find_pack(Path::new(&machine::absolute(pack))).map_err(refused)?;
    Ok(by_session.into_iter().chain(by_folder).collect())
}
