//! A bare gRPC server: tonic's transport and generated code, constant answers, no layer around them.

use std::net::SocketAddr;

use peaktrade_wire::calendar::v1 as wire;
use peaktrade_wire::calendar::v1::calendar_service_server::{CalendarService, CalendarServiceServer};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// What the bare server answers: the answers that the calendar service gave to the same requests, so that messages
/// are of the same size.
pub(crate) struct Echo {
    pub(crate) trade_date: wire::ResolveTradeDateResponse,
    pub(crate) state: wire::GetMarketStateResponse,
}

/// Serves on a free port until the runtime ends.
pub(crate) fn serve(echo: Echo) -> SocketAddr {
    // As the calendar service: a small answer is not held back to fill a segment.
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap().with_nodelay(Some(true));
    let address = incoming.local_addr().unwrap();
    tokio::spawn(Server::builder().add_service(CalendarServiceServer::new(echo)).serve_with_incoming(incoming));
    address
}

macro_rules! bare {
    ($($method:ident($request:ident) -> $response:ident;)+) => {
        #[tonic::async_trait]
        impl CalendarService for Echo {
            async fn resolve_trade_date(
                &self,
                _: Request<wire::ResolveTradeDateRequest>,
            ) -> Result<Response<wire::ResolveTradeDateResponse>, Status> {
                Ok(Response::new(self.trade_date.clone()))
            }
            async fn get_market_state(
                &self,
                _: Request<wire::GetMarketStateRequest>,
            ) -> Result<Response<wire::GetMarketStateResponse>, Status> {
                Ok(Response::new(self.state.clone()))
            }
            $(async fn $method(&self, _: Request<wire::$request>) -> Result<Response<wire::$response>, Status> {
                Err(Status::unimplemented("not measured"))
            })+
        }
    };
}

bare! {
    get_calendar_info(GetCalendarInfoRequest) -> GetCalendarInfoResponse;
    get_calendar_file(GetCalendarFileRequest) -> GetCalendarFileResponse;
    get_contract(GetContractRequest) -> GetContractResponse;
    list_contracts(ListContractsRequest) -> ListContractsResponse;
    parse_symbol(ParseSymbolRequest) -> ParseSymbolResponse;
    get_session(GetSessionRequest) -> GetSessionResponse;
    list_sessions(ListSessionsRequest) -> ListSessionsResponse;
    get_nth_trade_date(GetNthTradeDateRequest) -> GetNthTradeDateResponse;
    get_active_contract(GetActiveContractRequest) -> GetActiveContractResponse;
    get_price_limits(GetPriceLimitsRequest) -> GetPriceLimitsResponse;
    get_roll_schedule(GetRollScheduleRequest) -> GetRollScheduleResponse;
}
