//! `peakctl evidence`: packs and whether they are as they were written.

use serde_json::json;

use crate::cli::VerifyArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::table;

/// Recomputes every digest of a pack and names each file that is not as it was written.
pub(crate) fn verify(context: &Context<'_>, arguments: &VerifyArgs) -> Result<(), Failure> {
    let pack = &arguments.pack;
    if !pack.is_dir() {
        return Err(Failure::Input(format!("{} is not a folder; a pack is one", pack.display())));
    }
    match peaktrade_evidence::verify(pack) {
        Ok(verified) => {
            let document = json!({
                "pack": pack, "is_intact": true, "files": verified.files, "bytes": verified.bytes,
                "pack_sha256": verified.pack_sha256.to_string(), "problems": [],
            });
            let (files, bytes) = (verified.files, table::grouped(verified.bytes));
            let text = format!(
                "{}: intact, {files} files, {bytes} bytes\npack.sha256 is sha256:{}\n",
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
