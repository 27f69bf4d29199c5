//! Evidence of a run: events, the pack that holds them, its verification, the report a person reads, the registry.
//!
//! A pack is a directory that is written once and never changed:
//!
//! | file | holds | same inputs, same bytes |
//! |---|---|---|
//! | `run_manifest.json` | what was run on what | yes |
//! | `config_resolved.yaml` | every setting in force | yes |
//! | `report.html` | the report, self-contained | yes |
//! | `artifacts/...` | events, executions, equity | yes |
//! | `artifacts/checksums.txt` | SHA-256 of each other file below `artifacts/` | yes |
//! | `env.json` | wall clock, host, session, keys | no |
//! | `logs.ndjson` | the log | no |
//! | `metrics_snapshot.prom` | metrics at the end | no |
//! | `pack.sha256` | SHA-256 of every file not below `artifacts/`, of `checksums.txt`, and of itself | no |
//!
//! What it does not do: it runs nothing, reads no clock and no environment, and signs nothing: whoever can rewrite a
//! whole pack can rewrite its digests. Against that stands the registry, which keeps each pack's digest elsewhere.
//!
//! ```
//! use peaktrade_evidence::canonical_json;
//!
//! let value = serde_json::json!({"to": "NQM2026", "from": "NQH2026", "rows": 3});
//! assert_eq!(canonical_json(&value).unwrap(), "{\"from\":\"NQH2026\",\"rows\":3,\"to\":\"NQM2026\"}\n");
//! ```

mod canonical;
mod checksums;
mod events;
mod pack;
mod registry;
mod report;
mod verify;

pub use canonical::{CanonicalError, canonical_json, canonical_yaml, ndjson, run_id_of};
pub use events::{
    BackAdjustEvent, BlockedReason, ContinuousStitchEvent, EquityLine, Event, ExecutionLine, RiskBlockEvent, RollEvent,
};
pub use pack::{MAX_ARTIFACTS, PackContents, PackError, WrittenPack, write_pack};
pub use registry::{RecordedRun, Registry, RegistryError};
pub use report::{EquityPoint, FillMark, PricePoint, Report};
pub use verify::{Verified, VerifyProblem, verify};
