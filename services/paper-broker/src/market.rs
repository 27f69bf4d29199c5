//! Bars of a session: which contracts a dataset has, and their raw bars over Arrow Flight by pinned ticket.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arrow_array::types::{ArrowPrimitiveType, Float64Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array as _, RecordBatch, cast::AsArray as _};
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{FlightDescriptor, Ticket};
use dataset::dataset_service_client::DatasetServiceClient;
use futures_util::TryStreamExt as _;
use peaktrade_domain::{Calendar, ContractSymbol, Price, TradeDate, UnixNanos};
use peaktrade_engine::session::{Columns, Instrument, Market, Tape};
use peaktrade_runtime::client::{Channel, call};
use peaktrade_wire::dataset::v1 as dataset;
use tonic::Status;

use crate::books::Opened;
use crate::refused::Refused;

/// One question to the dataset service; it reads a manifest.
const CALL_DEADLINE: Duration = Duration::from_secs(5);
/// Longest wait for the next batch of a stream.
const BATCH_DEADLINE: Duration = Duration::from_secs(10);
/// Contracts of one session: ten years of quarters.
const CONTRACTS_MAX: usize = 40;
/// Bars of one contract: a contract trades for five quarters, some 450,000 minutes; four times that is no contract.
const BARS_MAX: usize = 2_000_000;

/// A dataset as a session needs it.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) contracts: Vec<ContractSymbol>,
    /// Open of the first trade date.
    pub(crate) known_from: UnixNanos,
    /// Close of the last one.
    pub(crate) known_until: UnixNanos,
}

/// A client of the dataset service that keeps bars which several sessions trade on only once.
pub(crate) struct Bars {
    datasets: DatasetServiceClient<Channel>,
    flight: FlightServiceClient<Channel>,
    kept: Mutex<BTreeMap<String, Weak<Tape>>>,
}

impl Bars {
    pub(crate) fn new(channel: Channel) -> Self {
        let flight = FlightServiceClient::new(channel.clone());
        Self { datasets: DatasetServiceClient::new(channel), flight, kept: Mutex::new(BTreeMap::new()) }
    }

    /// What a dataset holds.
    pub(crate) async fn list(&self, dataset_id: &str, calendar: &Calendar) -> Result<Listing, Refused> {
        let request = dataset::GetDatasetRequest { dataset_id: dataset_id.to_owned() };
        let mut client = self.datasets.clone();
        let answer = call(CALL_DEADLINE, client.get_dataset(request)).await.map_err(peer("dataset"))?;
        let found = answer.into_inner().dataset.ok_or_else(|| broken("the dataset service described nothing"))?;
        let contracts: Result<Vec<ContractSymbol>, _> =
            found.contracts.iter().map(|symbol| symbol.parse::<ContractSymbol>()).collect();
        let contracts = contracts.map_err(|error| broken(format!("dataset {dataset_id}: {error}")))?;
        if contracts.is_empty() || contracts.len() > CONTRACTS_MAX {
            return Err(broken(format!(
                "dataset {dataset_id} has {} contracts, 1 to {CONTRACTS_MAX} can be traded",
                contracts.len()
            )));
        }
        let date = |text: &str, field: &str| -> Result<TradeDate, Refused> {
            peaktrade_wire::trade_date(text, field).map_err(|error| broken(format!("dataset {dataset_id}: {error}")))
        };
        let sessions = calendar.sessions(date(&found.from, "from")?, date(&found.to, "to")?)?;
        let (Some(first), Some(last)) = (sessions.first(), sessions.last()) else {
            return Err(broken(format!("dataset {dataset_id} holds no trade date")));
        };
        Ok(Listing { contracts, known_from: first.open(), known_until: last.close() })
    }

    /// A ticket for the raw bars of a contract that a dataset was built from, hexadecimal. What was imported since is
    /// another dataset's.
    pub(crate) async fn ticket(&self, dataset_id: &str, contract: ContractSymbol) -> Result<String, Refused> {
        let path = vec!["contract".to_owned(), contract.to_string(), "1m".to_owned(), format!("@{dataset_id}")];
        let mut client = self.flight.clone();
        let answer = call(CALL_DEADLINE, client.get_flight_info(FlightDescriptor::new_path(path))).await;
        let info = answer.map_err(peer("dataset"))?.into_inner();
        let mut tickets = info.endpoint.into_iter().filter_map(|endpoint| endpoint.ticket);
        match (tickets.next(), tickets.next()) {
            (Some(ticket), None) => Ok(hex::encode(ticket.ticket)),
            (None, _) | (_, Some(_)) => Err(broken(format!("the bars of {contract} do not come under one ticket"))),
        }
    }

    /// The bars of a session, by its tickets.
    pub(crate) async fn market(&self, opened: &Opened) -> Result<Market, Refused> {
        let mut tapes = BTreeMap::new();
        for (contract, ticket) in &opened.tickets {
            let Some(instrument) = opened.opening.instruments.get(contract) else { continue };
            tapes.insert(*contract, self.tape(*contract, *instrument, ticket).await?);
        }
        Ok(Market { tapes, known_until: opened.known_until })
    }

    async fn tape(&self, contract: ContractSymbol, instrument: Instrument, ticket: &str) -> Result<Arc<Tape>, Refused> {
        if let Some(tape) = self.kept().get(ticket).and_then(Weak::upgrade) {
            return Ok(tape);
        }
        let columns = self.pull(contract, ticket).await?;
        let tape = Tape::new(contract, instrument.tick, columns).map_err(|error| broken(error.to_string()))?;
        let tape = Arc::new(tape);
        let mut kept = self.kept();
        kept.retain(|_, tape| tape.strong_count() > 0);
        kept.insert(ticket.to_owned(), Arc::downgrade(&tape));
        Ok(tape)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Weak<Tape>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pull(&self, contract: ContractSymbol, ticket: &str) -> Result<Columns, Refused> {
        let ticket = hex::decode(ticket).map_err(|error| broken(format!("ticket of {contract}: {error}")))?;
        let mut client = self.flight.clone();
        let stream =
            call(CALL_DEADLINE, client.do_get(Ticket { ticket: ticket.into() })).await.map_err(peer("bars"))?;
        let stream = stream.into_inner().map_err(|status| FlightError::Tonic(Box::new(status)));
        let mut batches = FlightRecordBatchStream::new_from_flight_data(stream);
        let mut columns = Columns::default();
        while let Some(batch) = next(&mut batches, contract).await? {
            append(&mut columns, &batch).map_err(|problem| broken(format!("{contract}: {problem}")))?;
            if columns.open_time.len() > BARS_MAX {
                return Err(broken(format!("{contract} has more than {BARS_MAX} bars")));
            }
        }
        Ok(columns)
    }
}

async fn next(batches: &mut FlightRecordBatchStream, contract: ContractSymbol) -> Result<Option<RecordBatch>, Refused> {
    match tokio::time::timeout(BATCH_DEADLINE, batches.try_next()).await {
        Ok(Ok(batch)) => Ok(batch),
        Ok(Err(FlightError::Tonic(status))) => Err(peer("bars")(*status)),
        Ok(Err(error)) => Err(broken(format!("{contract}: {error}"))),
        Err(_elapsed) => {
            let text = format!("no bars of {contract} within {BATCH_DEADLINE:?}");
            Err(peer("bars")(Status::deadline_exceeded(text)))
        }
    }
}

fn append(columns: &mut Columns, batch: &RecordBatch) -> Result<(), String> {
    columns.open_time.extend_from_slice(column::<TimestampNanosecondType>(batch, "timestamp")?);
    let prices = [
        ("open", &mut columns.open),
        ("high", &mut columns.high),
        ("low", &mut columns.low),
        ("close", &mut columns.close),
    ];
    for (name, target) in prices {
        for points in column::<Float64Type>(batch, name)? {
            let price = Price::from_f64_exact(*points)
                .ok_or_else(|| format!("column {name} holds {points}, which is no price of at most 9 decimals"))?;
            target.push(price.nanos());
        }
    }
    columns.volume.extend_from_slice(column::<Int64Type>(batch, "volume")?);
    Ok(())
}

fn column<'a, T: ArrowPrimitiveType>(batch: &'a RecordBatch, name: &str) -> Result<&'a [T::Native], String> {
    let array = batch.column_by_name(name).ok_or_else(|| format!("column {name} is missing"))?;
    let array = array
        .as_primitive_opt::<T>()
        .ok_or_else(|| format!("column {name} is {}, expected {}", array.data_type(), T::DATA_TYPE))?;
    if array.null_count() > 0 {
        return Err(format!("column {name} holds nulls"));
    }
    Ok(array.values())
}

fn broken(problem: impl Into<String>) -> Refused {
    Refused::Bars { problem: problem.into() }
}

fn peer(what: &'static str) -> impl Fn(Status) -> Refused {
    move |status| Refused::Peer { what, status: Box::new(status) }
}
