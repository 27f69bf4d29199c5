//! Descriptors: which series is meant, and which part of it.

use arrow_flight::FlightDescriptor;
use arrow_flight::flight_descriptor::DescriptorType;
use peaktrade_continuous::{Adjustment, BarSize};
use peaktrade_domain::{ContractSymbol, Sha256, UnixNanos};
use peaktrade_store::{DatasetId, ExtraColumn, VendorSeries};
use peaktrade_wire::dataset::v1::BarQuery;
use peaktrade_wire::{FieldError, instant};
use prost::Message as _;
use tonic::Status;

use crate::series::BAR;
use crate::vendor_series::KIND;

/// Bytes of a command at most: a query has a few hundred.
const COMMAND_BYTES_MAX: usize = 16 * 1024;

const PATHS: &str = "[\"continuous\", ROOT, \"1m\" to \"1d\", METHOD] or [\"contract\", SYMBOL, \"1m\"] or \
                     [\"rolls\", ROOT] or [\"vendor_continuous\", ROOT, TICKER, \"1m\" to \"1d\", \"adjusted\" or \
                     \"unadjusted\"], with an optional last element \"@sha256:...\" or \"@asof:...\"";

/// Type of a query inside google.protobuf.Any, behind whatever authority.
const QUERY_TYPE: &str = "/peaktrade.futures.dataset.v1.BarQuery";

/// A series and a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) address: Address,
    /// First open instant, inclusive.
    pub(crate) start: Option<UnixNanos>,
    /// End of the open instants, exclusive.
    pub(crate) end: Option<UnixNanos>,
    /// Columns beside the bars' own, in their fixed order.
    pub(crate) extra_columns: Vec<ExtraColumn>,
}

/// Which series is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A continuous series of a root, not yet admitted.
    Continuous { root: String, bar: BarSize, method: Adjustment, version: Version },
    /// Raw bars of a contract; pinned by the digest of its rows, or by a dataset that used them.
    Contract { contract: ContractSymbol, pin: Option<DatasetId> },
    /// The roll table of a root, not yet admitted: of a dataset, or of the newest back-adjusted build under the standard
    /// policy.
    Rolls { root: String, pin: Option<DatasetId> },
    /// A vendor's continuous series of a root not yet admitted, pinned by the digest of its bars.
    VendorContinuous { series: VendorSeries, pin: Option<Sha256> },
}

/// Which version of a continuous series is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// The newest build under the standard policy.
    Newest,
    /// One dataset.
    Dataset(DatasetId),
    /// The newest build under the standard policy, looked at from an instant.
    AsOf(UnixNanos),
}

/// The JSON mapping of `BarQuery`, so that a person can type one.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonQuery {
    path: Vec<String>,
    start: Option<UnixNanos>,
    end: Option<UnixNanos>,
    #[serde(default)]
    extra_columns: Vec<String>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

impl Query {
    /// Reads a PATH or CMD descriptor.
    pub(crate) fn of_descriptor(descriptor: &FlightDescriptor) -> Result<Self, Status> {
        match DescriptorType::try_from(descriptor.r#type) {
            Ok(DescriptorType::Path) => Self::new(&descriptor.path, None, None, &[]),
            Ok(DescriptorType::Cmd) => Self::of_command(&descriptor.cmd),
            Ok(DescriptorType::Unknown) | Err(_) => {
                Err(Status::invalid_argument("descriptor is neither PATH nor CMD; one of the two is required"))
            }
        }
    }

    /// Reads a command: JSON where it begins with a brace, which no protobuf Any does.
    pub(crate) fn of_command(command: &[u8]) -> Result<Self, Status> {
        if command.len() > COMMAND_BYTES_MAX {
            let problem = format!("command has {} bytes; {COMMAND_BYTES_MAX} are allowed", command.len());
            return Err(Status::invalid_argument(problem));
        }
        if command.is_empty() {
            return Err(Status::invalid_argument(
                "it is empty; a ticket, or a BarQuery in JSON or in an Any, is required",
            ));
        }
        if command.first() == Some(&b'{') {
            let query: JsonQuery = serde_json::from_slice(command)
                .map_err(|error| Status::invalid_argument(format!("command is no BarQuery in JSON: {error}")))?;
            return Self::new(&query.path, query.start, query.end, &query.extra_columns);
        }
        let no_query = |error: prost::DecodeError| Status::invalid_argument(format!("command is no BarQuery: {error}"));
        let any = Any::decode(command).map_err(no_query)?;
        if !any.type_url.ends_with(QUERY_TYPE) {
            let found: String = any.type_url.chars().take(120).collect();
            return Err(Status::unimplemented(format!(
                "command of type {found:?} is not built; built is {QUERY_TYPE}"
            )));
        }
        let query = BarQuery::decode(any.value.as_slice()).map_err(no_query)?;
        let start = query.start.map(|start| instant(Some(start), "start")).transpose()?;
        let end = query.end.map(|end| instant(Some(end), "end")).transpose()?;
        Self::new(&query.path, start, end, &query.extra_columns)
    }

    fn new(
        path: &[String],
        start: Option<UnixNanos>,
        end: Option<UnixNanos>,
        extra: &[String],
    ) -> Result<Self, Status> {
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            return Err(FieldError::new("end", format!("{end} is before start {start}")).into());
        }
        Ok(Self { address: Address::of_path(path)?, start, end, extra_columns: extra_columns(extra)? })
    }
}

impl Address {
    fn of_path(path: &[String]) -> Result<Self, Status> {
        let (names, pin) = match path.split_last() {
            Some((last, names)) if last.starts_with('@') => (names, Some(last.as_str())),
            _ => (path, None),
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names[..] {
            ["continuous", root, bar, method] => {
                let bar = bar.parse().map_err(|error| FieldError::new("path[2]", error))?;
                let method = method.parse().map_err(|error| FieldError::new("path[3]", error))?;
                Ok(Self::Continuous { root: root.to_owned(), bar, method, version: Version::read(pin)? })
            }
            ["contract", symbol, bar] => {
                check_bar(bar)?;
                let contract = symbol.parse().map_err(|error| FieldError::new("path[1]", error))?;
                let no_view = "raw bars are not adjusted, so there is no view as of an instant; use end";
                Ok(Self::Contract { contract, pin: Version::read(pin)?.pin(no_view)? })
            }
            ["rolls", root] => {
                let no_view = "a roll table tells when each roll came, so there is no view as of an instant";
                Ok(Self::Rolls { root: root.to_owned(), pin: Version::read(pin)?.pin(no_view)? })
            }
            [KIND, root, ticker, bar, prices] => {
                let name = [root, ticker, bar, prices].join("/");
                let series = name.parse().map_err(|error: String| FieldError::new("path", error))?;
                let no_view =
                    "a vendor's series says nothing of when its bars were known, so there is no view as of an instant";
                let pin = Version::read(pin)?.pin(no_view)?.map(|digest| digest.sha256());
                Ok(Self::VendorContinuous { series, pin })
            }
            _ => {
                let shown: String = path.join("/").chars().take(120).collect();
                Err(Status::not_found(format!("no series {shown:?}; allowed: {PATHS}")))
            }
        }
    }
}

impl Version {
    fn read(pin: Option<&str>) -> Result<Self, FieldError> {
        let Some(pin) = pin else { return Ok(Self::Newest) };
        let named = pin.trim_start_matches('@');
        match named.strip_prefix("asof:") {
            Some(instant) => {
                instant.parse().map(Self::AsOf).map_err(|error| FieldError::new("path, last element", error))
            }
            None => named.parse().map(Self::Dataset).map_err(|error| FieldError::new("path, last element", error)),
        }
    }
}

impl Version {
    /// The dataset or digest that is named, of what has no view as of an instant.
    fn pin(self, no_view: &str) -> Result<Option<DatasetId>, FieldError> {
        match self {
            Self::Newest => Ok(None),
            Self::Dataset(dataset_id) => Ok(Some(dataset_id)),
            Self::AsOf(_) => Err(FieldError::new("path", no_view)),
        }
    }
}

/// Reads names of columns; each may be named once, and they come in their fixed order.
pub(super) fn extra_columns(names: &[String]) -> Result<Vec<ExtraColumn>, FieldError> {
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let found = ExtraColumn::ALL.into_iter().find(|column| column.name() == name);
        let shown: String = name.chars().take(32).collect();
        let column = found.ok_or_else(|| {
            let problem = format!("{shown:?} is no column; allowed: contract, trade_date, segment");
            FieldError::new("extra_columns", problem)
        })?;
        if columns.contains(&column) {
            return Err(FieldError::new("extra_columns", format!("{shown:?} is named twice; once is allowed")));
        }
        columns.push(column);
    }
    columns.sort_unstable();
    Ok(columns)
}

/// Bars of a contract are the minutes as stored.
fn check_bar(bar: &str) -> Result<(), FieldError> {
    if bar == BAR {
        return Ok(());
    }
    let shown: String = bar.chars().take(16).collect();
    Err(FieldError::new("path[2]", format!("bar size {shown:?} of a contract is not built; allowed: {BAR}")))
}

#[cfg(test)]
mod tests;
