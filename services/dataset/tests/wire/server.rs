//! A dataset service with a calendar beside it, and the clients of both planes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{FlightData, FlightDescriptor, FlightInfo, Ticket};
use futures_util::{StreamExt as _, TryStreamExt as _};
use peaktrade_continuous::Bars;
use peaktrade_dataset::Config;
use peaktrade_domain::{Calendar, Sha256, UnixNanos};
use peaktrade_gates::{OfflineGate, SAFE_VALUES};
use peaktrade_runtime::client::{self, Channel};
use peaktrade_runtime::{MetricsTarget, Running, StartError};
use peaktrade_store::append_batch;
use peaktrade_wire::calendar::v1 as calendar;
use peaktrade_wire::calendar::v1::calendar_service_server::{CalendarService, CalendarServiceServer};
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::dataset::v1::dataset_service_client::DatasetServiceClient;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::{Request, Response, Status};

/// A running service. Dropping it stops both servers.
pub(crate) struct Server {
    pub(crate) control: DatasetServiceClient<Channel>,
    pub(crate) flight: FlightServiceClient<Channel>,
    pub(crate) folder: tempfile::TempDir,
    running: Running,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_on(tempfile::tempdir().unwrap(), "NQ,MNQ").await
    }

    /// Starts on a folder that may hold data of an earlier server.
    pub(crate) async fn start_on(folder: tempfile::TempDir, allowlist: &str) -> Self {
        Self::start_under(folder, allowlist, Calendar::SHIPPED_FILE.to_owned()).await
    }

    /// Starts under a calendar file.
    pub(crate) async fn start_under(folder: tempfile::TempDir, allowlist: &str, calendar_file: String) -> Self {
        Self::try_start(folder, allowlist, calendar_file).await.unwrap()
    }

    /// As [`Self::start_under`]; a folder that cannot be served is an error.
    pub(crate) async fn try_start(
        folder: tempfile::TempDir,
        allowlist: &str,
        calendar_file: String,
    ) -> Result<Self, StartError> {
        let gate = OfflineGate::check(SAFE_VALUES.map(|(name, value)| {
            let value = if name == "INSTRUMENT_ALLOWLIST" { allowlist } else { value };
            (name.to_owned(), value.to_owned())
        }))
        .unwrap();
        let config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            metrics: MetricsTarget::Own("127.0.0.1:0".parse().unwrap()),
            data_dir: folder.path().to_owned(),
            calendar_endpoint: serve_calendar_file(calendar_file).await,
        };
        let running = peaktrade_dataset::start(gate, config).await?;
        let endpoint = format!("http://{}", running.address);
        let channel = client::connect(&endpoint, client::Options::default()).await.unwrap();
        Ok(Self {
            control: DatasetServiceClient::new(channel.clone()),
            flight: FlightServiceClient::new(channel),
            folder,
            running,
        })
    }

    /// Where it serves.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// Ends the server and gives its folder back.
    pub(crate) fn stop(self) -> tempfile::TempDir {
        self.folder
    }

    /// What a Prometheus would read.
    pub(crate) async fn metrics(&self) -> String {
        let mut stream = tokio::net::TcpStream::connect(self.running.metrics_address.unwrap()).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// Imports a file in chunks of some bytes.
    pub(crate) async fn import_chunks(
        &self,
        file_name: &str,
        bytes: &[u8],
        chunk_bytes: usize,
    ) -> Result<wire::ImportBarsResponse, Status> {
        let header = wire::ImportHeader {
            format: "ninjatrader".into(),
            root: "NQ".into(),
            file_name: file_name.into(),
            ..Default::default()
        };
        self.import_parts(header, bytes.chunks(chunk_bytes).map(<[u8]>::to_vec).collect()).await
    }

    pub(crate) async fn import_parts(
        &self,
        header: wire::ImportHeader,
        chunks: Vec<Vec<u8>>,
    ) -> Result<wire::ImportBarsResponse, Status> {
        use wire::import_bars_request::Part;
        let parts = std::iter::once(Part::Header(header)).chain(chunks.into_iter().map(Part::Chunk));
        let messages: Vec<_> = parts.map(|part| wire::ImportBarsRequest { part: Some(part) }).collect();
        let mut control = self.control.clone();
        Ok(control.import_bars(futures_util::stream::iter(messages)).await?.into_inner())
    }

    pub(crate) async fn import(&self, file_name: &str, text: &str) -> Result<wire::ImportBarsResponse, Status> {
        self.import_chunks(file_name, text.as_bytes(), 10_000).await
    }

    /// Builds and answers the last message; progress must come in order.
    pub(crate) async fn build(&self, request: wire::BuildContinuousRequest) -> Result<wire::Dataset, Status> {
        use wire::build_continuous_response::Part;
        let mut control = self.control.clone();
        let mut answers = control.build_continuous(request).await?.into_inner();
        let (mut done, mut dataset) = (0, None);
        while let Some(answer) = answers.message().await? {
            assert!(dataset.is_none(), "the dataset is the last message");
            match answer.part.unwrap() {
                Part::Progress(progress) => {
                    assert!(done <= progress.done && progress.done <= progress.total, "{progress:?}");
                    done = progress.done;
                }
                Part::Dataset(built) => dataset = Some(built),
            }
        }
        Ok(dataset.expect("a build ends in a dataset or in an error"))
    }

    pub(crate) async fn info(&self, path: &[&str]) -> Result<FlightInfo, Status> {
        let descriptor = FlightDescriptor::new_path(path.iter().map(|name| (*name).to_owned()).collect());
        Ok(self.flight.clone().get_flight_info(descriptor).await?.into_inner())
    }

    /// The messages of a ticket as they come.
    pub(crate) async fn messages(&self, ticket: impl Into<Vec<u8>>) -> Result<Vec<FlightData>, Status> {
        let ticket = Ticket::new(ticket.into());
        self.flight.clone().do_get(ticket).await?.into_inner().try_collect().await
    }

    /// The bars of a path, by GetFlightInfo and DoGet.
    pub(crate) async fn bars(&self, path: &[&str]) -> Result<Bars, Status> {
        let info = self.info(path).await?;
        let bars = decode(self.messages(ticket(&info)).await?).await;
        assert_eq!(info.total_records, i64::try_from(bars.len()).unwrap());
        Ok(bars)
    }
}

/// The ticket of a series with one endpoint.
pub(crate) fn ticket(info: &FlightInfo) -> Vec<u8> {
    assert_eq!(info.endpoint.len(), 1);
    info.endpoint[0].ticket.as_ref().unwrap().ticket.to_vec()
}

pub(crate) async fn batches(messages: Vec<FlightData>) -> Vec<RecordBatch> {
    let stream = futures_util::stream::iter(messages.into_iter().map(Ok::<_, FlightError>));
    FlightRecordBatchStream::new_from_flight_data(stream.boxed()).try_collect().await.unwrap()
}

pub(crate) async fn decode(messages: Vec<FlightData>) -> Bars {
    let mut bars = Bars::default();
    for batch in batches(messages).await {
        append_batch(&batch, &mut bars).unwrap();
    }
    bars.check_invariants().unwrap();
    bars
}

/// A back-adjusted build of all of NQ.
pub(crate) fn back_adjust() -> wire::BuildContinuousRequest {
    wire::BuildContinuousRequest {
        root: "NQ".into(),
        bar: "1m".into(),
        method: "BACK_ADJUST".into(),
        ..Default::default()
    }
}

/// Rows of a vendor file: every minute of [from, to) that is open market, at a price in quarter points.
pub(crate) fn rows(from: &str, to: &str, quarters: impl Fn(i64) -> i64) -> String {
    let (from, to): (UnixNanos, UnixNanos) = (from.parse().unwrap(), to.parse().unwrap());
    let calendar = Calendar::shipped();
    let mut text = String::new();
    for minute in from.nanos() / UnixNanos::MINUTE..to.nanos() / UnixNanos::MINUTE {
        let open = UnixNanos::from_nanos(minute * UnixNanos::MINUTE);
        if calendar.trade_date_of(open).unwrap().is_none() {
            continue;
        }
        let close = UnixNanos::from_nanos((minute + 1) * UnixNanos::MINUTE).to_datetime();
        let price = |quarters: i64| format!("{}.{:02}", quarters / 4, quarters % 4 * 25);
        let base = quarters(minute);
        let prices = [base, base + 2, base - 3, base + 1].map(price).join(";");
        text += &format!("{};{prices};{}\n", close.format("%Y%m%d %H%M%S"), minute % 7 + 1);
    }
    text
}

/// A real vendor file beside the repository, or below the folder that a variable names; `None` where it is absent.
pub(crate) fn real_file(name: &str) -> Option<Vec<u8>> {
    let shared = std::env::var_os("PEAKTRADE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    std::fs::read(shared.join("ninjatrader").join(name)).ok()
}

/// Files below a folder and their bytes; what is on its way, and the locks, left out.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with("pending") && !name.ends_with("lock") {
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// A calendar service that only hands out its file.
struct FileOnly(String);

pub(crate) async fn serve_calendar() -> String {
    serve_calendar_file(Calendar::SHIPPED_FILE.to_owned()).await
}

pub(crate) async fn serve_calendar_file(file: String) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    let server = tonic::transport::Server::builder().add_service(CalendarServiceServer::new(FileOnly(file)));
    tokio::spawn(server.serve_with_incoming(incoming));
    format!("http://{address}")
}

macro_rules! not_asked {
    ($($method:ident($request:ident) -> $response:ident;)+) => {
        #[tonic::async_trait]
        impl CalendarService for FileOnly {
            async fn get_calendar_file(
                &self,
                _request: Request<calendar::GetCalendarFileRequest>,
            ) -> Result<Response<calendar::GetCalendarFileResponse>, Status> {
                let content = self.0.as_bytes().to_vec();
                let sha256 = Sha256::of(&content).to_string();
                Ok(Response::new(calendar::GetCalendarFileResponse { sha256, content }))
            }
            $(async fn $method(
                &self,
                _request: Request<calendar::$request>,
            ) -> Result<Response<calendar::$response>, Status> {
                Err(Status::unimplemented("the dataset service asks for the file only"))
            })+
        }
    };
}

not_asked! {
    get_calendar_info(GetCalendarInfoRequest) -> GetCalendarInfoResponse;
    get_contract(GetContractRequest) -> GetContractResponse;
    list_contracts(ListContractsRequest) -> ListContractsResponse;
    parse_symbol(ParseSymbolRequest) -> ParseSymbolResponse;
    list_sessions(ListSessionsRequest) -> ListSessionsResponse;
    resolve_trade_date(ResolveTradeDateRequest) -> ResolveTradeDateResponse;
    get_market_state(GetMarketStateRequest) -> GetMarketStateResponse;
    get_session(GetSessionRequest) -> GetSessionResponse;
    get_nth_trade_date(GetNthTradeDateRequest) -> GetNthTradeDateResponse;
    get_active_contract(GetActiveContractRequest) -> GetActiveContractResponse;
    get_price_limits(GetPriceLimitsRequest) -> GetPriceLimitsResponse;
    get_roll_schedule(GetRollScheduleRequest) -> GetRollScheduleResponse;
}
