//! `metrics_snapshot.prom`: the metrics of the services at the end of a run, one exposition, sorted.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::failure::Failure;
use crate::services::Services;
use crate::settings::Settings;

/// Bound of one scrape.
const SCRAPE_DEADLINE: Duration = Duration::from_secs(3);
/// Largest exposition; four services have some ten thousand lines at most.
const EXPOSITION_BYTES_MAX: u64 = 8 << 20;

/// The metrics of a stack in this process, or of the exporters that METRICS_ENDPOINTS names where the services run
/// elsewhere.
pub(super) async fn snapshot(services: &Services, settings: &Settings) -> Result<String, Failure> {
    if let Some(stack) = services.stack() {
        return Ok(stack.render_metrics());
    }
    if settings.metrics_endpoints.is_empty() {
        return Ok("# the services run elsewhere and METRICS_ENDPOINTS names no exporter\n".to_owned());
    }
    let mut merged = Exposition::default();
    for endpoint in &settings.metrics_endpoints {
        let scraped = tokio::time::timeout(SCRAPE_DEADLINE, scrape(endpoint)).await;
        let text = scraped
            .unwrap_or_else(|_| Err(format!("no answer within {} s", SCRAPE_DEADLINE.as_secs())))
            .map_err(|problem| Failure::Unavailable(format!("metrics of {endpoint}: {problem}")))?;
        merged.add(endpoint, &text);
    }
    Ok(merged.to_string())
}

/// `GET /metrics` of a `host:port`; the exporter closes the connection after its answer.
async fn scrape(endpoint: &str) -> Result<String, String> {
    let mut stream = TcpStream::connect(endpoint).await.map_err(|error| error.to_string())?;
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {endpoint}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let mut answer = String::new();
    stream.take(EXPOSITION_BYTES_MAX).read_to_string(&mut answer).await.map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("the answer is no HTTP")?;
    if !head.starts_with("HTTP/1.1 200") || head.to_ascii_lowercase().contains("transfer-encoding") {
        return Err(format!("the answer is {:?}", head.lines().next().unwrap_or_default()));
    }
    Ok(body.to_owned())
}

/// Families by name, each once, with the samples of all exporters.
#[derive(Debug, Default)]
struct Exposition {
    families: BTreeMap<String, Family>,
}

#[derive(Debug, Default)]
struct Family {
    /// HELP and TYPE as the first exporter wrote them.
    head: Vec<String>,
    samples: Vec<String>,
}

impl Exposition {
    /// Adds what one exporter shows. Samples without a `service` label, those of its process, get the exporter's name, so
    /// that no two samples are the same.
    fn add(&mut self, endpoint: &str, text: &str) {
        let mut name = String::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(comment) = line.strip_prefix("# ") {
                let mut words = comment.splitn(3, ' ');
                if let (Some("HELP" | "TYPE"), Some(family)) = (words.next(), words.next()) {
                    family.clone_into(&mut name);
                    let family = self.families.entry(name.clone()).or_default();
                    if family.samples.is_empty() && family.head.len() < 2 {
                        family.head.push(line.to_owned());
                    }
                }
                continue;
            }
            let family = self.families.entry(name.clone()).or_default();
            family.samples.push(with_instance(endpoint, line));
        }
    }
}

impl std::fmt::Display for Exposition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for family in self.families.values() {
            for line in family.head.iter().chain(&family.samples) {
                writeln!(f, "{line}")?;
            }
        }
        Ok(())
    }
}

fn with_instance(endpoint: &str, sample: &str) -> String {
    if sample.contains("service=\"") {
        return sample.to_owned();
    }
    match (sample.split_once('{'), sample.split_once(' ')) {
        (Some((name, rest)), _) => format!("{name}{{instance=\"{endpoint}\",{rest}"),
        (None, Some((name, value))) => format!("{name}{{instance=\"{endpoint}\"}} {value}"),
        (None, None) => sample.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Exposition;

    #[test]
    fn expositions_of_several_processes_become_one() {
        let exporter = |service: &str, orders: u32| {
            format!(
                "# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total{{service=\"{service}\"}} {orders}\n\
                 # HELP cpu_seconds CPU.\n# TYPE cpu_seconds gauge\ncpu_seconds 1\ncpu_seconds{{core=\"0\"}} 2\n"
            )
        };
        let mut merged = Exposition::default();
        merged.add("gate:9112", &exporter("risk-gate", 3));
        merged.add("broker:9112", &exporter("paper-broker", 4));
        assert_eq!(
            merged.to_string(),
            "# HELP cpu_seconds CPU.\n# TYPE cpu_seconds gauge\n\
             cpu_seconds{instance=\"gate:9112\"} 1\ncpu_seconds{instance=\"gate:9112\",core=\"0\"} 2\n\
             cpu_seconds{instance=\"broker:9112\"} 1\ncpu_seconds{instance=\"broker:9112\",core=\"0\"} 2\n\
             # HELP orders_total Orders.\n# TYPE orders_total counter\n\
             orders_total{service=\"risk-gate\"} 3\norders_total{service=\"paper-broker\"} 4\n"
        );
    }
}
