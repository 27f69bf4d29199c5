//! A calendar service and a dataset service with two contracts of one known session.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::{Float64Array, Int64Array, RecordBatch, TimestampNanosecondArray};
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::flight_service_server::{FlightService, FlightServiceServer};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, HandshakeRequest,
    HandshakeResponse, PollInfo, PutResult, SchemaResult, Ticket,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use futures_util::{Stream, TryStreamExt as _, stream};
use peaktrade_domain::{Calendar, Price, Sha256};
use peaktrade_wire::calendar::v1 as calendar;
use peaktrade_wire::dataset::v1 as dataset;
use tonic::{Request, Response, Status, Streaming};

/// Trade date Tuesday 2026-02-03 opens Monday 17:00 in Chicago, 23:00 UTC.
pub(crate) const OPEN_SECONDS: i64 = 1_770_073_200;
/// A regular session has 23 hours.
const MINUTES: i64 = 23 * 60;
/// The dataset's only name.
pub(crate) const DATASET: &str = "sha256:00000000000000000000000000000000000000000000000000000000000000aa";

/// A dataset that goes on with the next trade date, whose bars open at minute [`NEXT_OPEN`].
pub(crate) const TWO_DATES: &str = "sha256:00000000000000000000000000000000000000000000000000000000000000bb";
/// The next trade date opens a whole day after the first.
pub(crate) const NEXT_OPEN: i64 = 24 * 60;

/// Open of the bar at a minute of the session, points: it climbs one point a minute and starts over each hour.
/// The June contract stands 200 points higher.
pub(crate) fn open_of(contract: &str, minute: i64) -> f64 {
    let base = if contract == "NQH2026" { 20_000_i32 } else { 20_200 };
    f64::from(base + i32::try_from(minute % 60).unwrap())
}

/// Bars range one point either way of their open; every seventh minute of the June contract has no volume.
fn batch(contract: &str) -> RecordBatch {
    let minutes: Vec<i64> = (0..MINUTES).chain(NEXT_OPEN..NEXT_OPEN + MINUTES).collect();
    let times: Vec<i64> = minutes.iter().map(|minute| (OPEN_SECONDS + minute * 60) * 1_000_000_000).collect();
    let open: Vec<f64> = minutes.iter().map(|minute| open_of(contract, *minute)).collect();
    let shifted = |by: f64| -> Float64Array { open.iter().map(|price| price + by).collect() };
    let is_thin = contract == "NQM2026";
    let volume: Int64Array = minutes.iter().map(|minute| if is_thin && minute % 7 == 0 { 0 } else { 1_000 }).collect();
    let price = |name: &str| Field::new(name, DataType::Float64, false);
    let schema = Schema::new(vec![
        Field::new("timestamp", DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), false),
        price("open"),
        price("high"),
        price("low"),
        price("close"),
        Field::new("volume", DataType::Int64, false),
    ]);
    let timestamp = TimestampNanosecondArray::from(times).with_timezone("UTC");
    RecordBatch::try_new(
        Arc::new(schema),
        vec![
            Arc::new(timestamp),
            Arc::new(shifted(0.0)),
            Arc::new(shifted(1.0)),
            Arc::new(shifted(-1.0)),
            Arc::new(shifted(0.5)),
            Arc::new(volume),
        ],
    )
    .unwrap()
}

/// A price `ticks` ticks away from a bar's open, as reports write it.
pub(crate) fn price(contract: &str, minute: i64, ticks: i64) -> String {
    let open = Price::from_f64_exact(open_of(contract, minute)).unwrap();
    let tick = Price::from_f64_exact(0.25).unwrap();
    open.checked_add(tick.checked_mul(ticks).unwrap()).unwrap().to_string()
}

#[derive(Clone, Default)]
struct Fake {
    pulls: Arc<AtomicUsize>,
}

/// Serves both services on a free port; returns it and the number of times that a contract's bars were pulled.
pub(crate) async fn serve() -> (SocketAddr, Arc<AtomicUsize>) {
    let fake = Fake::default();
    let pulls = fake.pulls.clone();
    let router = tonic::transport::Server::builder()
        .add_service(calendar::calendar_service_server::CalendarServiceServer::new(fake.clone()))
        .add_service(dataset::dataset_service_server::DatasetServiceServer::new(fake.clone()))
        .add_service(FlightServiceServer::new(fake));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    tokio::spawn(router.serve_with_incoming(incoming));
    (address, pulls)
}

fn unused<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("the broker does not need this"))
}

#[tonic::async_trait]
impl calendar::calendar_service_server::CalendarService for Fake {
    async fn get_calendar_file(
        &self,
        _request: Request<calendar::GetCalendarFileRequest>,
    ) -> Result<Response<calendar::GetCalendarFileResponse>, Status> {
        let content = Calendar::SHIPPED_FILE.as_bytes();
        Ok(Response::new(calendar::GetCalendarFileResponse {
            sha256: Sha256::of(content).to_string(),
            content: content.to_vec(),
        }))
    }

    async fn get_calendar_info(
        &self,
        _request: Request<calendar::GetCalendarInfoRequest>,
    ) -> Result<Response<calendar::GetCalendarInfoResponse>, Status> {
        unused()
    }

    async fn get_contract(
        &self,
        _request: Request<calendar::GetContractRequest>,
    ) -> Result<Response<calendar::GetContractResponse>, Status> {
        unused()
    }

    async fn list_contracts(
        &self,
        _request: Request<calendar::ListContractsRequest>,
    ) -> Result<Response<calendar::ListContractsResponse>, Status> {
        unused()
    }

    async fn parse_symbol(
        &self,
        _request: Request<calendar::ParseSymbolRequest>,
    ) -> Result<Response<calendar::ParseSymbolResponse>, Status> {
        unused()
    }

    async fn list_sessions(
        &self,
        _request: Request<calendar::ListSessionsRequest>,
    ) -> Result<Response<calendar::ListSessionsResponse>, Status> {
        unused()
    }

    async fn resolve_trade_date(
        &self,
        _request: Request<calendar::ResolveTradeDateRequest>,
    ) -> Result<Response<calendar::ResolveTradeDateResponse>, Status> {
        unused()
    }

    async fn get_market_state(
        &self,
        _request: Request<calendar::GetMarketStateRequest>,
    ) -> Result<Response<calendar::GetMarketStateResponse>, Status> {
        unused()
    }

    async fn get_session(
        &self,
        _request: Request<calendar::GetSessionRequest>,
    ) -> Result<Response<calendar::GetSessionResponse>, Status> {
        unused()
    }

    async fn get_nth_trade_date(
        &self,
        _request: Request<calendar::GetNthTradeDateRequest>,
    ) -> Result<Response<calendar::GetNthTradeDateResponse>, Status> {
        unused()
    }

    async fn get_active_contract(
        &self,
        _request: Request<calendar::GetActiveContractRequest>,
    ) -> Result<Response<calendar::GetActiveContractResponse>, Status> {
        unused()
    }

    async fn get_price_limits(
        &self,
        _request: Request<calendar::GetPriceLimitsRequest>,
    ) -> Result<Response<calendar::GetPriceLimitsResponse>, Status> {
        unused()
    }

    async fn get_roll_schedule(
        &self,
        _request: Request<calendar::GetRollScheduleRequest>,
    ) -> Result<Response<calendar::GetRollScheduleResponse>, Status> {
        unused()
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl dataset::dataset_service_server::DatasetService for Fake {
    type ValidateDatasetStream = Answers<dataset::ValidateDatasetResponse>;
    type BuildContinuousStream = Answers<dataset::BuildContinuousResponse>;

    async fn get_dataset(
        &self,
        request: Request<dataset::GetDatasetRequest>,
    ) -> Result<Response<dataset::GetDatasetResponse>, Status> {
        let dataset_id = request.into_inner().dataset_id;
        let to = match dataset_id.as_str() {
            DATASET => "2026-02-03",
            TWO_DATES => "2026-02-04",
            _ => "",
        };
        if to.is_empty() {
            return Err(Status::not_found(format!("no dataset {dataset_id}")));
        }
        let found = dataset::Dataset {
            dataset_id,
            root: "NQ".to_owned(),
            from: "2026-02-03".to_owned(),
            to: to.to_owned(),
            contracts: vec!["NQH2026".to_owned(), "NQM2026".to_owned()],
            ..dataset::Dataset::default()
        };
        Ok(Response::new(dataset::GetDatasetResponse { dataset: Some(found) }))
    }

    async fn import_bars(
        &self,
        _request: Request<Streaming<dataset::ImportBarsRequest>>,
    ) -> Result<Response<dataset::ImportBarsResponse>, Status> {
        unused()
    }

    async fn validate_dataset(
        &self,
        _request: Request<dataset::ValidateDatasetRequest>,
    ) -> Result<Response<Self::ValidateDatasetStream>, Status> {
        unused()
    }

    async fn build_continuous(
        &self,
        _request: Request<dataset::BuildContinuousRequest>,
    ) -> Result<Response<Self::BuildContinuousStream>, Status> {
        unused()
    }

    async fn list_datasets(
        &self,
        _request: Request<dataset::ListDatasetsRequest>,
    ) -> Result<Response<dataset::ListDatasetsResponse>, Status> {
        unused()
    }

    async fn list_contract_bars(
        &self,
        _request: Request<dataset::ListContractBarsRequest>,
    ) -> Result<Response<dataset::ListContractBarsResponse>, Status> {
        unused()
    }

    async fn explain_rolls(
        &self,
        _request: Request<dataset::ExplainRollsRequest>,
    ) -> Result<Response<dataset::ExplainRollsResponse>, Status> {
        unused()
    }

    async fn diff_policies(
        &self,
        _request: Request<dataset::DiffPoliciesRequest>,
    ) -> Result<Response<dataset::DiffPoliciesResponse>, Status> {
        unused()
    }

    async fn import_settlements(
        &self,
        _request: Request<Streaming<dataset::ImportSettlementsRequest>>,
    ) -> Result<Response<dataset::ImportSettlementsResponse>, Status> {
        unused()
    }

    async fn list_settlements(
        &self,
        _request: Request<dataset::ListSettlementsRequest>,
    ) -> Result<Response<dataset::ListSettlementsResponse>, Status> {
        unused()
    }

    async fn import_vendor_series(
        &self,
        _request: Request<Streaming<dataset::ImportVendorSeriesRequest>>,
    ) -> Result<Response<dataset::ImportVendorSeriesResponse>, Status> {
        unused()
    }

    async fn list_vendor_series(
        &self,
        _request: Request<dataset::ListVendorSeriesRequest>,
    ) -> Result<Response<dataset::ListVendorSeriesResponse>, Status> {
        unused()
    }

    async fn list_dataset_files(
        &self,
        _request: Request<dataset::ListDatasetFilesRequest>,
    ) -> Result<Response<dataset::ListDatasetFilesResponse>, Status> {
        unused()
    }

    async fn list_garbage(
        &self,
        _request: Request<dataset::ListGarbageRequest>,
    ) -> Result<Response<dataset::ListGarbageResponse>, Status> {
        unused()
    }

    async fn collect_garbage(
        &self,
        _request: Request<dataset::CollectGarbageRequest>,
    ) -> Result<Response<dataset::CollectGarbageResponse>, Status> {
        unused()
    }
}

#[tonic::async_trait]
impl FlightService for Fake {
    type HandshakeStream = Answers<HandshakeResponse>;
    type ListFlightsStream = Answers<FlightInfo>;
    type DoGetStream = Answers<FlightData>;
    type DoPutStream = Answers<PutResult>;
    type DoActionStream = Answers<arrow_flight::Result>;
    type ListActionsStream = Answers<ActionType>;
    type DoExchangeStream = Answers<FlightData>;

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        let path = request.into_inner().path;
        assert_eq!((path[0].as_str(), path[2].as_str()), ("contract", "1m"), "raw contract bars alone are traded");
        assert!(path[3].starts_with("@sha256:"), "the bars of the session's dataset are traded, not the newest");
        let ticket = Ticket { ticket: format!("pinned {}", path[1]).into() };
        Ok(Response::new(FlightInfo::new().with_endpoint(FlightEndpoint::new().with_ticket(ticket))))
    }

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        self.pulls.fetch_add(1, Ordering::SeqCst);
        let ticket = request.into_inner().ticket;
        let contract = std::str::from_utf8(&ticket).unwrap().strip_prefix("pinned ").unwrap();
        let encoded = FlightDataEncoderBuilder::new().build(stream::iter([Ok(batch(contract))]));
        Ok(Response::new(Box::pin(encoded.map_err(|error| Status::internal(error.to_string())))))
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        unused()
    }

    async fn get_schema(&self, _: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        unused()
    }

    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        unused()
    }

    async fn poll_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        unused()
    }

    async fn do_put(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        unused()
    }

    async fn do_exchange(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoExchangeStream>, Status> {
        unused()
    }

    async fn do_action(&self, _: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        unused()
    }

    async fn list_actions(&self, _: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        unused()
    }
}
