//! A calendar service that answers what a test tells it to, and a raw stream that a test feeds by hand.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::StreamBody;
use peaktrade_gates::{OfflineGate, SAFE_VALUES};
use peaktrade_runtime::client::{self, Channel};
use peaktrade_runtime::{Handler, MetricsTarget, Registry, Running, ServeOptions, Service, start};
use peaktrade_wire::calendar::v1 as wire;
use peaktrade_wire::calendar::v1::calendar_service_client::CalendarServiceClient;
use peaktrade_wire::calendar::v1::calendar_service_server::{CalendarService, CalendarServiceServer};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use tower::util::service_fn;

pub(crate) const SERVICE: &str = "peaktrade.futures.calendar.v1.CalendarService";
/// Long enough for a busy machine; no test waits for it to pass unless it is what the test is about.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn gate() -> OfflineGate {
    let safe = SAFE_VALUES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    OfflineGate::check(safe).unwrap()
}

pub(crate) fn options() -> ServeOptions {
    ServeOptions::new("127.0.0.1:0".parse().unwrap(), MetricsTarget::Off)
}

/// What the service does for a call of GetCalendarInfo.
#[derive(Clone)]
pub(crate) enum Behaviour {
    Answer,
    Panic,
    /// Asks another service first, as the broker asks the gate.
    Ask(Channel),
}

#[derive(Clone)]
pub(crate) struct Mock {
    pub(crate) behaviour: Behaviour,
    pub(crate) file: Result<wire::GetCalendarFileResponse, Status>,
}

impl Mock {
    pub(crate) fn new(behaviour: Behaviour) -> Self {
        Self { behaviour, file: Err(Status::not_found("no file")) }
    }
}

pub(crate) fn service(name: &'static str, mock: Mock) -> Service {
    let routes = Routes::new(CalendarServiceServer::new(mock));
    Service::new(name, routes, &[SERVICE], peaktrade_wire::descriptors::CALENDAR, Registry::new(name))
}

pub(crate) async fn serve(options: ServeOptions, mock: Mock) -> Running {
    start(gate(), options, service("calendar", mock)).await.unwrap()
}

pub(crate) async fn channel(running: &Running) -> Channel {
    client::connect(&running.endpoint(), client::Options::default()).await.unwrap()
}

pub(crate) async fn calendar_client(running: &Running) -> CalendarServiceClient<Channel> {
    CalendarServiceClient::new(channel(running).await)
}

pub(crate) type Frames = mpsc::Sender<Result<Frame<Bytes>, Status>>;

/// Path of the raw stream.
pub(crate) const RAW_PATH: &str = "/test.Raw/Stream";

/// A raw handler whose every call hands the sending end of its response body to the test.
pub(crate) fn raw_stream() -> (Handler, mpsc::Receiver<Frames>) {
    let (calls, called) = mpsc::channel(8);
    let calls = Arc::new(calls);
    let handler = Handler::new(service_fn(move |_request: http::Request<Body>| {
        let calls = Arc::clone(&calls);
        async move {
            let (frames, body) = mpsc::channel(8);
            calls.send(frames).await.unwrap();
            let body = Body::new(StreamBody::new(ReceiverStream::new(body)));
            let response = http::Response::builder().header("content-type", "application/grpc").body(body);
            Ok::<_, Infallible>(response.unwrap())
        }
    }));
    (handler, called)
}

pub(crate) fn trailers(code: tonic::Code) -> Result<Frame<Bytes>, Status> {
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", i32::from(code).to_string().parse().unwrap());
    Ok(Frame::trailers(trailers))
}

/// Opens the raw stream; returns once the response's headers have come.
pub(crate) async fn open_raw(channel: &mut Channel) -> http::Response<Body> {
    let request = http::Request::post(format!("http://service{RAW_PATH}"))
        .header("content-type", "application/grpc")
        .body(Body::empty())
        .unwrap();
    tokio::time::timeout(PATIENCE, tower::ServiceExt::oneshot(channel.clone(), request)).await.unwrap().unwrap()
}

/// Tries again until the condition holds; the time it has is generous, because it is only waited for where it fails.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut attempt: impl FnMut() -> F) -> T {
    let give_up = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = attempt().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < give_up, "{what} did not happen within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) type Answer<T> = Result<Response<T>, Status>;

fn unused<T>() -> Answer<T> {
    Err(Status::unimplemented("not used by these tests"))
}

#[tonic::async_trait]
impl CalendarService for Mock {
    async fn get_calendar_info(
        &self,
        _request: Request<wire::GetCalendarInfoRequest>,
    ) -> Answer<wire::GetCalendarInfoResponse> {
        match &self.behaviour {
            Behaviour::Answer => {}
            Behaviour::Panic => panic!("told to"),
            Behaviour::Ask(channel) => {
                let mut client = CalendarServiceClient::new(channel.clone());
                client::call(PATIENCE, client.get_calendar_info(wire::GetCalendarInfoRequest {})).await?;
            }
        }
        Ok(Response::new(wire::GetCalendarInfoResponse::default()))
    }

    async fn get_calendar_file(
        &self,
        _request: Request<wire::GetCalendarFileRequest>,
    ) -> Answer<wire::GetCalendarFileResponse> {
        self.file.clone().map(Response::new)
    }

    async fn parse_symbol(&self, request: Request<wire::ParseSymbolRequest>) -> Answer<wire::ParseSymbolResponse> {
        Ok(Response::new(wire::ParseSymbolResponse { symbol: request.into_inner().text, ..Default::default() }))
    }

    async fn get_contract(&self, _: Request<wire::GetContractRequest>) -> Answer<wire::GetContractResponse> {
        Err(Status::invalid_argument("symbol: wrong"))
    }

    async fn list_contracts(&self, _: Request<wire::ListContractsRequest>) -> Answer<wire::ListContractsResponse> {
        unused()
    }

    async fn list_sessions(&self, _: Request<wire::ListSessionsRequest>) -> Answer<wire::ListSessionsResponse> {
        unused()
    }

    async fn resolve_trade_date(
        &self,
        _: Request<wire::ResolveTradeDateRequest>,
    ) -> Answer<wire::ResolveTradeDateResponse> {
        unused()
    }

    async fn get_market_state(&self, _: Request<wire::GetMarketStateRequest>) -> Answer<wire::GetMarketStateResponse> {
        unused()
    }

    async fn get_session(&self, _: Request<wire::GetSessionRequest>) -> Answer<wire::GetSessionResponse> {
        unused()
    }

    async fn get_nth_trade_date(
        &self,
        _: Request<wire::GetNthTradeDateRequest>,
    ) -> Answer<wire::GetNthTradeDateResponse> {
        unused()
    }

    async fn get_active_contract(
        &self,
        _: Request<wire::GetActiveContractRequest>,
    ) -> Answer<wire::GetActiveContractResponse> {
        unused()
    }

    async fn get_price_limits(&self, _: Request<wire::GetPriceLimitsRequest>) -> Answer<wire::GetPriceLimitsResponse> {
        unused()
    }

    async fn get_roll_schedule(
        &self,
        _: Request<wire::GetRollScheduleRequest>,
    ) -> Answer<wire::GetRollScheduleResponse> {
        unused()
    }
}
