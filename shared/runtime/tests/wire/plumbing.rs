//! Health, reflection, panics.

use peaktrade_wire::calendar::v1::GetCalendarInfoRequest;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::scene::{Behaviour, Mock, SERVICE, calendar_client, channel, options, serve};

#[tokio::test]
async fn health_answers_per_service_and_for_the_whole() {
    let running = serve(options(), Mock::new(Behaviour::Answer)).await;
    let mut health = HealthClient::new(channel(&running).await);
    for (service, expected) in [
        ("", Ok(ServingStatus::Serving)),
        (SERVICE, Ok(ServingStatus::Serving)),
        ("other.Service", Err(Code::NotFound)),
    ] {
        let answer = health.check(HealthCheckRequest { service: service.to_owned() }).await;
        let found = answer.map(|response| response.into_inner().status()).map_err(|status| status.code());
        assert_eq!(found, expected, "{service:?}");
    }
}

macro_rules! listed_services {
    ($version:ident, $channel:expr) => {{
        use tonic_reflection::pb::$version as pb;
        let mut client = pb::server_reflection_client::ServerReflectionClient::new($channel);
        let request = pb::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(pb::server_reflection_request::MessageRequest::ListServices(String::new())),
        };
        let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
        match answers.next().await.unwrap().unwrap().message_response.unwrap() {
            pb::server_reflection_response::MessageResponse::ListServicesResponse(list) => {
                let mut names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
                names.sort();
                names
            }
            other => panic!("{other:?}"),
        }
    }};
}

#[tokio::test]
async fn both_versions_of_reflection_list_the_service_and_no_other_ones() {
    let running = serve(options(), Mock::new(Behaviour::Answer)).await;
    let expected = |version: &str| {
        vec![
            "grpc.health.v1.Health".to_owned(),
            format!("grpc.reflection.{version}.ServerReflection"),
            SERVICE.to_owned(),
        ]
    };
    let channel = channel(&running).await;
    assert_eq!(listed_services!(v1, channel.clone()), expected("v1"));
    assert_eq!(listed_services!(v1alpha, channel), expected("v1alpha"));
}

#[tokio::test]
async fn a_handler_that_panics_fails_its_call_and_no_other() {
    let running = serve(options(), Mock::new(Behaviour::Panic)).await;
    let mut client = calendar_client(&running).await;
    for _ in 0..2 {
        let status = client.get_calendar_info(GetCalendarInfoRequest {}).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::Internal, "calendar failed while handling the call"));
    }
    HealthClient::new(channel(&running).await).check(HealthCheckRequest { service: String::new() }).await.unwrap();
}
