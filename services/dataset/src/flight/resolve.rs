//! From an address or a ticket to one fixed series and a range of its rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use peaktrade_continuous::{Adjustment, BarSize};
use peaktrade_domain::{ContractRoot, ContractSymbol, RollPolicy, Sha256, UnixNanos};
use peaktrade_store::{
    ContractManifest, DatasetId, DatasetManifest, ExtraColumn, ROW_BYTES, StoreError, with_extra_columns,
};
use peaktrade_wire::dataset::v1::BarTicket;
use peaktrade_wire::{FieldError, instant, timestamp};
use prost::Message as _;
use tonic::{Code, Status};

use super::address::{Address, Query, Version, extra_columns};
use super::metadata::{self, Rows};
use crate::control::find;
use crate::library::Library;
use crate::series::{BAR, Series, SeriesError, Source};
use crate::status;
use crate::vendor_series;

/// Format of the tickets made here.
const TICKET_FORMAT: u32 = 1;

/// First byte of a ticket: field 1 of [`BarTicket`] as a varint. A query in JSON or in an Any begins otherwise.
pub(super) const TICKET_FIRST_BYTE: u8 = 0x08;

/// One series, fixed for ever, and a range of its rows.
#[derive(Debug)]
pub(crate) struct Resolved {
    source: Source,
    content_sha256: Sha256,
    pub(crate) schema: SchemaRef,
    pub(crate) row_start: u64,
    pub(crate) row_end: u64,
    /// Columns beside the bars' own, in their fixed order.
    pub(crate) extra: Vec<ExtraColumn>,
    /// Rows of the whole series.
    pub(crate) rows_total: u64,
}

impl Resolved {
    /// Bytes of one row in its columns, at most.
    pub(crate) fn row_bytes(&self) -> u64 {
        ROW_BYTES + self.extra.iter().map(|column| column.cell_bytes()).sum::<u64>()
    }

    /// The ticket that names exactly these rows.
    pub(crate) fn ticket_bytes(&self) -> Vec<u8> {
        let mut ticket = BarTicket {
            format: TICKET_FORMAT,
            content_sha256: self.content_sha256.to_string(),
            row_start: self.row_start,
            row_end: self.row_end,
            extra_columns: self.extra.iter().map(|column| column.name().to_owned()).collect(),
            ..BarTicket::default()
        };
        match &self.source {
            Source::Contract(manifest) => ticket.contract = manifest.contract.to_string(),
            Source::Continuous { manifest, as_of } => {
                ticket.dataset_id = manifest.dataset_id.to_string();
                ticket.method = manifest.inputs.method.clone();
                ticket.as_of = as_of.map(timestamp);
            }
        }
        ticket.encode_to_vec()
    }
}

/// Resolves a query; "the newest" is looked up here and nowhere else.
pub(crate) async fn query(library: &Arc<Library>, query: &Query) -> Result<Resolved, Status> {
    let source = match &query.address {
        Address::Contract { contract, pin } => {
            library.admit(contract.root().as_str())?;
            Source::Contract(Box::new(contract_version(library, *contract, *pin).await?))
        }
        Address::Continuous { root, bar, method, version } => {
            let root = library.admit(root)?;
            let (manifest, as_of) = match version {
                Version::Dataset(dataset_id) => (find(library, *dataset_id).await?, None),
                Version::Newest => (newest(library, root, *bar, *method).await?, None),
                Version::AsOf(as_of) => (newest(library, root, *bar, *method).await?, Some(*as_of)),
            };
            let inputs = &manifest.inputs;
            if (inputs.root, inputs.bar.as_str(), inputs.method.as_str()) != (root, bar.name(), method.name()) {
                let found = format!("{} {} {}", inputs.root, inputs.bar, inputs.method);
                return Err(Status::not_found(format!("dataset {} is {found}", manifest.dataset_id)));
            }
            view(library, manifest, as_of)?
        }
        Address::Rolls { .. } => return Err(Status::internal("a roll table was asked for as bars")),
        Address::VendorContinuous { .. } => {
            return Err(Status::internal("a vendor's series was asked for as bars of contracts"));
        }
    };
    let whole = whole(library, source, &query.extra_columns).await?;
    if query.start.is_none() && query.end.is_none() {
        return Ok(whole);
    }
    let series = open(library, &whole.source).await?;
    let rows = series.rows_between(library, query.start, query.end).await;
    let (row_start, row_end) = rows.map_err(|error| status::of_series(&error))?;
    Ok(Resolved { row_start, row_end, ..whole })
}

/// Resolves a ticket: one of ours, or a query in its place, which saves a round trip.
pub(crate) async fn ticket(library: &Arc<Library>, bytes: &[u8]) -> Result<Resolved, Status> {
    if bytes.first() != Some(&TICKET_FIRST_BYTE) {
        return query(library, &Query::of_command(bytes)?).await;
    }
    let ticket = BarTicket::decode(bytes).map_err(|error| Status::invalid_argument(format!("no ticket: {error}")))?;
    if ticket.format != TICKET_FORMAT {
        let problem = format!("{} is not built; allowed: {TICKET_FORMAT}", ticket.format);
        return Err(FieldError::new("ticket.format", problem).into());
    }
    let content: Sha256 =
        ticket.content_sha256.parse().map_err(|error| FieldError::new("ticket.content_sha256", error))?;
    let source = ticket_source(library, &ticket, content).await?;
    let whole = whole(library, source, &extra_columns(&ticket.extra_columns)?).await?;
    if whole.content_sha256 != content {
        return Err(Status::not_found(format!(
            "the ticket is for rows with digest {content}, the series has {}",
            whole.content_sha256
        )));
    }
    if ticket.row_start > ticket.row_end || ticket.row_end > whole.row_end {
        let problem = format!("{} to {}; 0 to {} are allowed", ticket.row_start, ticket.row_end, whole.row_end);
        return Err(FieldError::new("ticket rows", problem).into());
    }
    Ok(Resolved { row_start: ticket.row_start, row_end: ticket.row_end, ..whole })
}

async fn ticket_source(library: &Library, ticket: &BarTicket, content: Sha256) -> Result<Source, Status> {
    match (ticket.dataset_id.as_str(), ticket.contract.as_str()) {
        ("", contract) => {
            let contract: ContractSymbol =
                contract.parse().map_err(|error| FieldError::new("ticket.contract", error))?;
            library.admit(contract.root().as_str())?;
            Ok(Source::Contract(Box::new(contract_with_content(library, contract, content).await?)))
        }
        (dataset_id, "") => {
            let dataset_id = dataset_id.parse().map_err(|error| FieldError::new("ticket.dataset_id", error))?;
            let manifest = find(library, dataset_id).await?;
            if manifest.inputs.method != ticket.method {
                let problem = format!("{:?}; the dataset is {}", ticket.method, manifest.inputs.method);
                return Err(FieldError::new("ticket.method", problem).into());
            }
            let as_of = ticket.as_of.map(|as_of| instant(Some(as_of), "ticket.as_of")).transpose()?;
            view(library, manifest, as_of)
        }
        (_, _) => Err(FieldError::new("ticket", "names a dataset and a contract; one is allowed").into()),
    }
}

/// The series that a resolved query or ticket is about.
pub(crate) async fn series(library: &Library, resolved: &Resolved) -> Result<Arc<Series>, Status> {
    open(library, &resolved.source).await
}

/// Paths of the heads below a prefix: newest builds under the standard policy, contracts, vendors' series.
pub(crate) async fn published(library: &Library, prefix: &str) -> Result<Vec<Vec<String>>, Status> {
    let mut paths = Vec::new();
    for root in library.roots() {
        let standard = RollPolicy::STANDARD.to_string();
        for bar in BarSize::ALL {
            let builds = library.store.builds(root, bar.name()).await;
            let builds = unless_damaged(builds, &format!("continuous/{root}/{bar}"))?;
            let methods: BTreeSet<String> = builds
                .into_iter()
                .filter(|build| build.roll_policy == standard && build.variant.is_ordinary())
                .map(|build| build.method)
                .collect();
            if bar == BarSize::OneMinute && methods.contains(Adjustment::BackAdjust.name()) {
                paths.push(["rolls".to_owned(), root.to_string()].to_vec());
            }
            for method in methods {
                paths.push(["continuous".to_owned(), root.to_string(), bar.to_string(), method].to_vec());
            }
        }
        let contracts = library.store.contracts(root).await;
        for manifest in unless_damaged(contracts, &format!("contract/{root}"))? {
            paths.push(["contract".to_owned(), manifest.contract.to_string(), BAR.to_owned()].to_vec());
        }
        let series = library.store.vendor_series(root).await.map_err(|error| status::of_store(&error))?;
        paths.extend(series.into_iter().map(|manifest| vendor_series::path(manifest.series)));
    }
    paths.retain(|path| path.join("/").starts_with(prefix));
    paths.sort_unstable();
    Ok(paths)
}

/// What is listed, or nothing where a document of the list is damaged: the other lists are whole.
fn unless_damaged<T>(listed: Result<Vec<T>, StoreError>, path: &str) -> Result<Vec<T>, Status> {
    match listed.map_err(|error| status::of_store(&error)) {
        Err(status) if status.code() == Code::DataLoss => {
            tracing::warn!(path, error = status.message(), "all series below left out of the list");
            Ok(Vec::new())
        }
        listed => listed,
    }
}

/// All rows of a source.
async fn whole(library: &Arc<Library>, source: Source, extra: &[ExtraColumn]) -> Result<Resolved, Status> {
    let (schema, rows) = match &source {
        Source::Contract(manifest) => {
            (metadata::of_contract(manifest, &library.calendar)?, (manifest.rows, manifest.content_sha256))
        }
        Source::Continuous { manifest, as_of } => {
            let rows = match as_of {
                None => Rows {
                    count: manifest.rows_out,
                    reach: Some((manifest.first_time, manifest.last_time)),
                    content_sha256: manifest.content_sha256,
                },
                Some(_) => rows_of_view(library, &source).await?,
            };
            let schema = metadata::of_continuous(manifest, *as_of, rows, &library.calendar)?;
            (schema, (rows.count, rows.content_sha256))
        }
    };
    let (rows_total, content_sha256) = rows;
    let schema = if extra.is_empty() { schema } else { with_extra_columns(&schema, extra) };
    let extra = extra.to_vec();
    Ok(Resolved { source, content_sha256, schema, row_start: 0, row_end: rows_total, extra, rows_total })
}

/// The rows of a view, of which no manifest tells: they are walked once.
async fn rows_of_view(library: &Arc<Library>, source: &Source) -> Result<Rows, Status> {
    let series = open(library, source).await?;
    let summary = series.summary(library).await.map_err(|error| status::of_series(&error))?;
    Ok(Rows { count: summary.rows, reach: summary.reach, content_sha256: summary.content_sha256 })
}

/// Refuses a dataset of another calendar: its rolls and its range rest on other sessions than those by which orders on it
/// would be judged.
pub(super) fn check_calendar(library: &Library, manifest: &DatasetManifest) -> Result<(), Status> {
    let (built, in_force) = (manifest.inputs.calendar_sha256, library.calendar.sha256());
    if built == in_force {
        return Ok(());
    }
    Err(Status::failed_precondition(format!(
        "dataset {} was built under calendar {built}, in force is {in_force}: build it again, or start the services with \
         the calendar file of the build",
        manifest.dataset_id
    )))
}

/// A dataset looked at from an instant; its own is no other view.
fn view(library: &Library, manifest: DatasetManifest, as_of: Option<UnixNanos>) -> Result<Source, Status> {
    check_calendar(library, &manifest)?;
    let own = manifest.inputs.as_of;
    if let Some(later) = as_of.filter(|as_of| *as_of > own) {
        return Err(Status::failed_precondition(format!(
            "dataset {} knows bars and rolls up to {own}, asked is {later}",
            manifest.dataset_id
        )));
    }
    let as_of = as_of.filter(|as_of| *as_of != own);
    Ok(Source::Continuous { manifest: Box::new(manifest), as_of })
}

/// The newest build of a root under the standard policy.
pub(super) async fn newest(
    library: &Library,
    root: ContractRoot,
    bar: BarSize,
    method: Adjustment,
) -> Result<DatasetManifest, Status> {
    let standard = RollPolicy::STANDARD.to_string();
    let head = library.store.newest_build(root, bar.name(), method.name(), &standard).await;
    match head.map_err(|error| status::of_store(&error))? {
        Some(head) => match find(library, head.dataset_id).await {
            // The newest of a kind is never deleted as garbage.
            Err(status) if status.code() == Code::NotFound => Err(absent(head.dataset_id)),
            found => found,
        },
        None => Err(Status::not_found(format!(
            "no series {root} {bar} {method} was built under {standard}; builds under another policy, of other hours, \
             snapped or of another depth are asked for as @sha256:..."
        ))),
    }
}

/// A dataset that a build names and that is not there: damage, not a wrong question.
fn absent(dataset_id: DatasetId) -> Status {
    let name = format!("datasets/{}.json", dataset_id.sha256());
    status::of_store(&StoreError::DatasetAbsent { dataset_id, name })
}

/// A contract's newest rows, those of a digest, or those that a dataset used.
async fn contract_version(
    library: &Library,
    contract: ContractSymbol,
    pin: Option<DatasetId>,
) -> Result<ContractManifest, Status> {
    let of_store = |error: StoreError| status::of_store(&error);
    let Some(pin) = pin else {
        let newest = library.store.contract(contract).await.map_err(of_store)?;
        return newest.ok_or_else(|| Status::not_found(format!("no bars of {contract} are stored")));
    };
    let by_content = library.store.contract_with_content(contract, pin.sha256()).await.map_err(of_store)?;
    if let Some(manifest) = by_content {
        return not_deleted(library, manifest).await;
    }
    let dataset = library.store.dataset(pin).await.map_err(of_store)?;
    if let Some(dataset) = &dataset {
        check_calendar(library, dataset)?;
    }
    let input = dataset.iter().flat_map(|dataset| &dataset.inputs.contracts).find(|input| input.contract == contract);
    match input {
        Some(input) => contract_with_content(library, contract, input.content_sha256).await,
        None => Err(Status::not_found(format!(
            "no rows of {contract} with digest {pin}, and no dataset of that id with it"
        ))),
    }
}

async fn contract_with_content(
    library: &Library,
    contract: ContractSymbol,
    content: Sha256,
) -> Result<ContractManifest, Status> {
    let found = library.store.contract_with_content(contract, content).await;
    let found = found
        .map_err(|error| status::of_store(&error))?
        .ok_or_else(|| Status::not_found(format!("no rows of {contract} with digest {content} are stored")))?;
    not_deleted(library, found).await
}

/// Rows that were deleted on request are no damage, though their manifest is there.
async fn not_deleted(library: &Library, manifest: ContractManifest) -> Result<ContractManifest, Status> {
    if library.store.is_deleted(&manifest).await.map_err(|error| status::of_store(&error))? {
        let (contract, content) = (manifest.contract, manifest.content_sha256);
        return Err(Status::not_found(format!("rows of {contract} with digest {content} were deleted as garbage")));
    }
    Ok(manifest)
}

async fn open(library: &Library, source: &Source) -> Result<Arc<Series>, Status> {
    library.shelf.get(library, source).await.map_err(|error: SeriesError| status::of_series(&error))
}
