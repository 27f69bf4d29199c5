//! Which calendar file is in force, and the file itself.

use peaktrade_domain::{Calendar, Sha256};
use peaktrade_wire::calendar::v1::{GetCalendarFileRequest, GetCalendarFileResponse, GetCalendarInfoResponse, Outage};
use peaktrade_wire::{FieldError, timestamp};
use tonic::Status;

use crate::CalendarFile;

pub(super) fn get_calendar_info(calendar: &Calendar) -> GetCalendarInfoResponse {
    GetCalendarInfoResponse {
        version: calendar.version().to_owned(),
        sha256: calendar.sha256().to_string(),
        valid_from: calendar.valid_from().to_string(),
        valid_to: calendar.valid_to().to_string(),
        roots: calendar.specs().iter().map(|spec| spec.root.to_string()).collect(),
        sources: calendar.sources().to_vec(),
        time_zone_database: Calendar::TIME_ZONE_DATABASE.to_owned(),
        projected_from: calendar.projected_from().map_or_else(String::new, |date| date.to_string()),
        outages: calendar.outages().iter().map(outage_to_wire).collect(),
    }
}

fn outage_to_wire(outage: &peaktrade_domain::Outage) -> Outage {
    Outage { from: Some(timestamp(outage.from)), to: Some(timestamp(outage.to)), name: outage.name.clone() }
}

pub(super) fn get_calendar_file(
    file: &CalendarFile,
    request: &GetCalendarFileRequest,
) -> Result<GetCalendarFileResponse, Status> {
    let in_force = file.calendar().sha256();
    if !request.sha256.is_empty() {
        let asked: Sha256 = request.sha256.parse().map_err(|error| FieldError::new("sha256", error))?;
        if asked != in_force {
            return Err(Status::not_found(format!("sha256: calendar {asked} is not in force, {in_force} is")));
        }
    }
    Ok(GetCalendarFileResponse { sha256: in_force.to_string(), content: file.text().as_bytes().to_vec() })
}
