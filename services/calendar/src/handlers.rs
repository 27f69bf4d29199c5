//! The RPCs: parse, read, reply.

mod contracts;
mod identity;
mod instants;
mod price_limits;
mod roll_rule;
mod rolls;
mod sessions;
#[cfg(test)]
mod tests;
mod warnings;

use peaktrade_domain::{Calendar, ContractRoot, TradeDate};
use peaktrade_wire::FieldError;
use peaktrade_wire::calendar::v1::calendar_service_server::CalendarService;
use peaktrade_wire::calendar::v1::{
    GetActiveContractRequest, GetActiveContractResponse, GetCalendarFileRequest, GetCalendarFileResponse,
    GetCalendarInfoRequest, GetCalendarInfoResponse, GetContractRequest, GetContractResponse, GetMarketStateRequest,
    GetMarketStateResponse, GetNthTradeDateRequest, GetNthTradeDateResponse, GetPriceLimitsRequest,
    GetPriceLimitsResponse, GetRollScheduleRequest, GetRollScheduleResponse, GetSessionRequest, GetSessionResponse,
    ListContractsRequest, ListContractsResponse, ListSessionsRequest, ListSessionsResponse, ParseSymbolRequest,
    ParseSymbolResponse, ResolveTradeDateRequest, ResolveTradeDateResponse,
};
use tonic::{Request, Response, Status};

use crate::{CalendarFile, refusal};

/// Handlers of the calendar service over one calendar file.
#[derive(Debug)]
pub struct Handlers {
    file: CalendarFile,
}

impl Handlers {
    /// Handlers that answer from a file.
    pub const fn new(file: CalendarFile) -> Self {
        Self { file }
    }

    const fn calendar(&self) -> &Calendar {
        self.file.calendar()
    }
}

#[tonic::async_trait]
impl CalendarService for Handlers {
    async fn get_calendar_info(
        &self,
        _request: Request<GetCalendarInfoRequest>,
    ) -> Result<Response<GetCalendarInfoResponse>, Status> {
        Ok(Response::new(identity::get_calendar_info(self.calendar())))
    }

    async fn get_calendar_file(
        &self,
        request: Request<GetCalendarFileRequest>,
    ) -> Result<Response<GetCalendarFileResponse>, Status> {
        identity::get_calendar_file(&self.file, &request.into_inner()).map(Response::new)
    }

    async fn get_contract(
        &self,
        request: Request<GetContractRequest>,
    ) -> Result<Response<GetContractResponse>, Status> {
        contracts::get_contract(self.calendar(), &request.into_inner()).map(Response::new)
    }

    async fn list_contracts(
        &self,
        request: Request<ListContractsRequest>,
    ) -> Result<Response<ListContractsResponse>, Status> {
        contracts::list_contracts(self.calendar(), &request.into_inner()).map(Response::new)
    }

    async fn parse_symbol(
        &self,
        request: Request<ParseSymbolRequest>,
    ) -> Result<Response<ParseSymbolResponse>, Status> {
        contracts::parse_symbol(self.calendar(), &request.into_inner()).map(Response::new)
    }

    async fn get_session(&self, request: Request<GetSessionRequest>) -> Result<Response<GetSessionResponse>, Status> {
        sessions::get_session(self.calendar(), &request.into_inner()).map(Response::new)
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        sessions::list_sessions(self.calendar(), &request.into_inner()).map(Response::new)
    }

    async fn resolve_trade_date(
        &self,
        request: Request<ResolveTradeDateRequest>,
    ) -> Result<Response<ResolveTradeDateResponse>, Status> {
        instants::resolve_trade_date(self.calendar(), &request.into_inner()).map(Response::new)
    }

    async fn get_nth_trade_date(
        &self,
        request: Request<GetNthTradeDateRequest>,
    ) -> Result<Response<GetNthTradeDateResponse>, Status> {
        sessions::get_nth_trade_date(self.calendar(), &request.into_inner()).map(Response::new)
    }

    async fn get_market_state(
        &self,
        request: Request<GetMarketStateRequest>,
    ) -> Result<Response<GetMarketStateResponse>, Status> {
        instants::get_market_state(self.calendar(), &request.into_inner()).map(Response::new)
    }

    async fn get_roll_schedule(
        &self,
        request: Request<GetRollScheduleRequest>,
    ) -> Result<Response<GetRollScheduleResponse>, Status> {
        rolls::get_roll_schedule(self.calendar(), &request.into_inner()).map(Response::new)
    }

    async fn get_active_contract(
        &self,
        request: Request<GetActiveContractRequest>,
    ) -> Result<Response<GetActiveContractResponse>, Status> {
        rolls::get_active_contract(self.calendar(), &request.into_inner()).map(Response::new)
    }

    async fn get_price_limits(
        &self,
        request: Request<GetPriceLimitsRequest>,
    ) -> Result<Response<GetPriceLimitsResponse>, Status> {
        price_limits::get_price_limits(self.calendar(), &request.into_inner()).map(Response::new)
    }
}

/// A root that the calendar specifies, and a range of dates within its validity, both inclusive.
struct RootAndRange {
    root: ContractRoot,
    from: TradeDate,
    to: TradeDate,
}

impl RootAndRange {
    fn read(calendar: &Calendar, root: &str, from: &str, to: &str) -> Result<Self, Status> {
        let root = known_root(calendar, root)?;
        let (from, to) = (peaktrade_wire::trade_date(from, "from")?, peaktrade_wire::trade_date(to, "to")?);
        // Asked one by one, so that the refusal names the field that is outside.
        calendar.session(from).map_err(|error| refusal::of_calendar("from", &error))?;
        calendar.sessions(from, to).map_err(|error| refusal::of_calendar("to", &error))?;
        Ok(Self { root, from, to })
    }
}

/// A root that the calendar specifies.
fn known_root(calendar: &Calendar, text: &str) -> Result<ContractRoot, Status> {
    let root = text.parse().map_err(|error| FieldError::new("root", error))?;
    calendar.spec(root).map_err(|error| refusal::of_calendar("root", &error))?;
    Ok(root)
}
