//! A calendar service that hands out the shipped file and does nothing else.

use peaktrade_domain::{Calendar, Sha256};
use peaktrade_runtime::{MetricsTarget, Registry, Running, ServeOptions, Service};
use peaktrade_wire::calendar::v1::calendar_service_server::{CalendarService, CalendarServiceServer};
use peaktrade_wire::calendar::v1::{
    GetActiveContractRequest, GetActiveContractResponse, GetCalendarFileRequest, GetCalendarFileResponse,
    GetCalendarInfoRequest, GetCalendarInfoResponse, GetContractRequest, GetContractResponse, GetMarketStateRequest,
    GetMarketStateResponse, GetNthTradeDateRequest, GetNthTradeDateResponse, GetPriceLimitsRequest,
    GetPriceLimitsResponse, GetRollScheduleRequest, GetRollScheduleResponse, GetSessionRequest, GetSessionResponse,
    ListContractsRequest, ListContractsResponse, ListSessionsRequest, ListSessionsResponse, ParseSymbolRequest,
    ParseSymbolResponse, ResolveTradeDateRequest, ResolveTradeDateResponse,
};
use tonic::{Request, Response, Status};

struct FileOnly;

type Answer<T> = Result<Response<T>, Status>;

fn not_here<T>() -> Answer<T> {
    Err(Status::unimplemented("this calendar only hands out its file"))
}

#[tonic::async_trait]
impl CalendarService for FileOnly {
    async fn get_calendar_file(&self, _: Request<GetCalendarFileRequest>) -> Answer<GetCalendarFileResponse> {
        let content = Calendar::SHIPPED_FILE.as_bytes().to_vec();
        Ok(Response::new(GetCalendarFileResponse { sha256: Sha256::of(&content).to_string(), content }))
    }
    async fn get_calendar_info(&self, _: Request<GetCalendarInfoRequest>) -> Answer<GetCalendarInfoResponse> {
        not_here()
    }
    async fn get_contract(&self, _: Request<GetContractRequest>) -> Answer<GetContractResponse> {
        not_here()
    }
    async fn list_contracts(&self, _: Request<ListContractsRequest>) -> Answer<ListContractsResponse> {
        not_here()
    }
    async fn parse_symbol(&self, _: Request<ParseSymbolRequest>) -> Answer<ParseSymbolResponse> {
        not_here()
    }
    async fn list_sessions(&self, _: Request<ListSessionsRequest>) -> Answer<ListSessionsResponse> {
        not_here()
    }
    async fn resolve_trade_date(&self, _: Request<ResolveTradeDateRequest>) -> Answer<ResolveTradeDateResponse> {
        not_here()
    }
    async fn get_market_state(&self, _: Request<GetMarketStateRequest>) -> Answer<GetMarketStateResponse> {
        not_here()
    }
    async fn get_session(&self, _: Request<GetSessionRequest>) -> Answer<GetSessionResponse> {
        not_here()
    }
    async fn get_nth_trade_date(&self, _: Request<GetNthTradeDateRequest>) -> Answer<GetNthTradeDateResponse> {
        not_here()
    }
    async fn get_active_contract(&self, _: Request<GetActiveContractRequest>) -> Answer<GetActiveContractResponse> {
        not_here()
    }
    async fn get_price_limits(&self, _: Request<GetPriceLimitsRequest>) -> Answer<GetPriceLimitsResponse> {
        not_here()
    }
    async fn get_roll_schedule(&self, _: Request<GetRollScheduleRequest>) -> Answer<GetRollScheduleResponse> {
        not_here()
    }
}

pub(crate) async fn serve(gate: peaktrade_gates::OfflineGate) -> Running {
    let service = Service::new(
        "calendar",
        tonic::service::Routes::new(CalendarServiceServer::new(FileOnly)),
        &["peaktrade.futures.calendar.v1.CalendarService"],
        peaktrade_wire::descriptors::CALENDAR,
        Registry::new("calendar"),
    );
    let options = ServeOptions::new("127.0.0.1:0".parse().unwrap(), MetricsTarget::Off);
    peaktrade_runtime::start(gate, options, service).await.unwrap()
}
