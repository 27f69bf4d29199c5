//! The bar store: vendor files become contract bars in Parquet, filed by UTC month in a plain hive and published by
//! put-if-absent manifests; continuous datasets are kept as roll tables beside them. Series that a vendor has joined itself
//! are a kind of their own, which nothing is built from.
//!
//! Rules that hold everywhere:
//! * every row of a vendor file ends in one counted [`Disposition`]; a refused file leaves nothing behind;
//! * bars are stamped at their open; a stored bar is never changed, and goes only with a file that is superseded by name;
//! * what a manifest names was on disk before the manifest was; a reader holds one generation and no mixture;
//! * month files, contracts and datasets are named by digests over rows, so another Parquet writer changes no name.
//!
//! What it does not do: no network and no remote paths; no adjusted prices are stored; a differing bar is a conflict
//! unless the file that it came from is superseded by name; nothing is deleted but second names in the hive, damaged files
//! whose rows are at hand, and what [`BarStore::collect_garbage`] was shown to be needed by nobody.
//!
//! ```
//! use peaktrade_store::{BarStore, Format, ImportOptions, ImportRequest};
//! use peaktrade_domain::Sha256;
//! # use peaktrade_domain::Calendar;
//! # fn run(calendar: &Calendar, folder: &std::path::Path, file: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let request = ImportRequest {
//!     format: Format::parse("ninjatrader", "")?,
//!     root: "NQ".parse()?,
//!     file_name: "NQ 03-25.Last.txt".to_owned(),
//!     options: ImportOptions::default(),
//! };
//! let imported = peaktrade_store::import(std::io::Cursor::new(file), &request, calendar)?;
//! assert_eq!(imported.contracts[0].contract.to_string(), "NQH2025");
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! let store = BarStore::open(folder).await?;
//! let published = store.publish(&imported, &request.file_name, Sha256::of(file), &[]).await?;
//! assert_eq!(store.read(&published[0].manifest).await?, imported.contracts[0].bars);
//! # Ok(())
//! # })
//! # }
//! ```

mod bar_store;
mod chain;
mod columns;
mod conflict;
mod contract_manifest;
mod dataset_manifest;
mod datasets;
mod disposition;
mod error;
mod garbage;
mod importing;
mod merge;
mod month;
mod month_file;
mod objects;
mod owners;
mod publishing;
mod seal;
mod settlement_conflict;
mod settlement_facts;
mod settlement_manifest;
mod settlements;
mod superseding;
#[cfg(test)]
mod testing;
mod vendor_series;

pub use bar_store::BarStore;
pub use columns::{
    BarOrigin, ColumnError, ExtraColumn, ROW_BYTES, append_batch, pandas_metadata, series_schema, to_batch,
    to_batch_with_origins, with_extra_columns,
};
pub use conflict::{Conflict, Owner};
pub use contract_manifest::{ContractManifest, MonthFile, SourceFile};
pub use dataset_manifest::{
    BuildEntry, CommonMinutesRecord, ContractInput, DatasetId, DatasetIdError, DatasetInputs, DatasetManifest,
    ExplicitRoll, RollRecord, SeriesVariant,
};
pub use disposition::{Disposition, DispositionCounts};
pub use error::StoreError;
pub use garbage::{DeletedDataset, Garbage, GarbageItem, GarbageKind, GarbageRequest};
pub use importing::{
    BARS_MAX, BarLength, ContractSettlements, FactCounts, FactFate, Format, ImportError, ImportOption, ImportOptions,
    ImportRequest, ImportedContract, ImportedFile, ImportedSettlements, ImportedVendorSeries, Place, Prices, Profile,
    RowUnit, SettlementFormat, Stamp, VendorSeriesRequest, fuzz, import, import_at_most, import_settlements,
    import_vendor_series, plausible_prices,
};
pub use month::{Month, MonthParseError};
pub use month_file::MonthFileError;
pub use objects::make_folder;
pub use publishing::Published;
pub use settlement_conflict::SettlementConflict;
pub use settlement_facts::{DiffersIn, SettlementDifference};
pub use settlement_manifest::{SettlementManifest, SettlementSource};
pub use settlements::PublishedSettlements;
pub use vendor_series::{
    PublishedVendorSeries, VendorBars, VendorDifference, VendorPrices, VendorSeries, VendorSeriesConflict,
    VendorSeriesManifest, VendorSeriesRefusal, VendorSeriesSource, vendor_series_schema,
};
